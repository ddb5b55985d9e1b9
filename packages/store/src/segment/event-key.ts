/** What an event can be searched by: the keys of its fields, and those of the lexemes of its search text. */
import { type EventMetadata, searchValues, wordsOf } from '@telltale/catalogue';
import type { RegisteredType, Registry } from '../catalogue/registry.ts';
import type { Session } from '../database/database.ts';
import { type Content, dataText } from '../event/content.ts';
import type { EventRow, RowReader } from '../read/event-row.ts';
import { keyOf, keysOfKind, lateKey, typeKey } from './key.ts';
import { isLate, type KeyedEvents, KeyedEventsWriter } from './keyed-event.ts';
import type { Lexemes } from './lexeme.ts';
import { rowsOf, type StoredBatch } from './stored-batch.ts';
import { TextIndex } from './text-key.ts';

/** A row of read_unindexed.sql, or the same of an event that this process has just stored. Times are microseconds since 1970. */
export type UnindexedRow = Omit<
  EventRow,
  | 'log'
  | 'position'
  | 'recorded_at'
  | 'timestamp'
  | 'tier_position'
  | 'stream_version'
  | 'event_id'
  | 'checksum'
  | 'traceparent'
  | 'data'
> & {
  readonly position: string | number;
  readonly recorded_at: string | number;
  readonly timestamp: string | number;
  /** The content of an event of this process, which knows its strings; else the text. */
  readonly data: string | Content;
  /** Canonical text of interned metadata, where it is at hand without its id. */
  readonly shared?: string | null;
};

const contextCapacity = 50_000;

const severityKey = [0, 1, 2, 3, 4].map(keysOfKind('severity'));
const outcomeKey = [0, 1, 2].map(keysOfKind('outcome'));
const impactKey = [0, 1, 2].map(keysOfKind('impact'));
const tierKey = [0, 1, 2, 3].map(keysOfKind('tier'));
const actorTypeKey = [0, 1, 2, 3, 4].map(keysOfKind('actor.type'));
const onDeviceAggregate = keyOf('aggregate.type', 'device');
const [deviceKey, aggregateTypeKey, aggregateIdKey, actorIdKey] = (
  ['device', 'aggregate.type', 'aggregate.id', 'actor.id'] as const
).map(keysOfKind) as [Key, Key, Key, Key];
const [sourceKey, serviceKey, environmentKey, tenantKey] = (
  ['source', 'service', 'environment', 'tenant'] as const
).map(keysOfKind) as [Key, Key, Key, Key];
const [correlationKey, causationKey] = (['correlation', 'causation'] as const).map(keysOfKind) as [Key, Key];
type Key = ReturnType<typeof keysOfKind>;

/** Makes the keys of events; remembers what repeats. */
export class KeyMaker {
  readonly lexemes: Lexemes;
  readonly #registry: Registry;
  readonly #rows: RowReader;
  readonly #texts: TextIndex;
  readonly #contexts = new Map<string, ContextKeys>();
  readonly #writer = new KeyedEventsWriter();
  readonly #typeOf = (id: number): RegisteredType | undefined => this.#registry.findById(id);

  constructor(registry: Registry, rows: RowReader, lexemes: Lexemes) {
    this.#registry = registry;
    this.#rows = rows;
    this.lexemes = lexemes;
    this.#texts = new TextIndex(lexemes);
  }

  /** The keys of each row. Asks the database for types, metadata and lexemes that are new to the process. */
  async make(session: Session, rows: readonly UnindexedRow[]): Promise<KeyedEvents> {
    await this.#rows.learn(session, rows);
    let keyed = this.#tryMake(rows);
    if (keyed !== undefined) return keyed;
    await this.lexemes.learn(session, [...this.#texts.unknown]);
    keyed = this.#tryMake(rows);
    while (keyed === undefined) {
      // Lexemes that were known have been forgotten to make room: all of this page at once.
      await this.lexemes.learn(
        session,
        rows.flatMap((row) => this.#textsOf(row).flatMap(wordsOf)),
      );
      keyed = this.#tryMake(rows);
    }
    return keyed;
  }

  /**
   * The same for a batch of this process, at once; undefined when the database would have to be asked, or data be brought up
   * to the present version, which is the work of others' code.
   */
  makeAtOnce(batch: StoredBatch): KeyedEvents | undefined {
    const rows = rowsOf(batch, this.#typeOf);
    return rows.some((row) => typeof row.data === 'string') ? undefined : this.#tryMake(rows);
  }

  makeOf(session: Session, batch: StoredBatch): Promise<KeyedEvents> {
    return this.make(session, rowsOf(batch, this.#typeOf));
  }

  #tryMake(rows: readonly UnindexedRow[]): KeyedEvents | undefined {
    this.#texts.unknown.clear();
    const keyed = this.#writer.write(rows, (row) => this.#writeKeys(row));
    return this.#texts.unknown.size === 0 ? keyed : undefined;
  }

  /** Returns the words of the search text. */
  #writeKeys(row: UnindexedRow): number {
    const shared = this.#sharedOf(row);
    writeFieldKeys(row, this.#writer);
    this.#writer.addAll(shared.keys);
    if (row.context !== null) this.#writer.addAll(this.#contextOf(row.context).keys);
    const { data } = row;
    if (typeof data === 'string' || data.texts === null) {
      return this.#textsOf(row).reduce((length, text) => length + this.#writeText(text), 0);
    }
    const { name } = this.#registry.findById(row.type_id) as RegisteredType;
    const source = row.source ?? shared.service;
    let length = this.#writeText(name);
    if (row.aggregate_type !== null) length += this.#writeText(row.aggregate_id as string);
    if (source !== null) length += this.#writeText(source);
    for (let index = data.textStart; index < data.textEnd; index++) {
      length += this.#writeText(data.texts[index] as string);
    }
    return length;
  }

  #writeText(text: string): number {
    const { keys, length } = this.#texts.of(text);
    this.#writer.addAll(keys);
    return length;
  }

  #textsOf(row: UnindexedRow): string[] {
    const type = this.#registry.findById(row.type_id) as RegisteredType;
    return searchValues(
      {
        event_type: type.name,
        aggregate_type: row.aggregate_type ?? 'device',
        aggregate_id: row.aggregate_id ?? row.shard_key,
        source: row.source ?? this.#sharedOf(row).service,
        data: this.#dataOf(row, type),
      },
      type.personal,
    );
  }

  #dataOf({ data, schema_version: version }: UnindexedRow, type: RegisteredType): unknown {
    const value: unknown = JSON.parse(typeof data === 'string' ? data : dataText(data));
    return version === type.version ? value : this.#registry.upcast(type, version, value).data;
  }

  /** Keys of the interned metadata, and the service that stands for a source that is not written out. */
  #sharedOf(row: UnindexedRow): ContextKeys {
    const text = row.shared ?? this.#rows.contextOf(row) ?? row.context;
    return text === null ? nothing : this.#contextOf(text);
  }

  #contextOf(text: string): ContextKeys {
    const known = this.#contexts.get(text);
    if (known !== undefined) return known;
    if (this.#contexts.size >= contextCapacity) this.#contexts.clear();
    const made = contextKeys(JSON.parse(text) as EventMetadata);
    this.#contexts.set(text, made);
    return made;
  }
}

/** Keys of metadata, and its service. */
interface ContextKeys {
  readonly keys: readonly number[];
  readonly service: string | null;
}

const nothing: ContextKeys = { keys: [], service: null };

function contextKeys({ source, tags }: EventMetadata): ContextKeys {
  const keys: number[] = [];
  const service = typeof source?.service === 'string' ? source.service : null;
  if (service !== null) keys.push(serviceKey(service), sourceKey(service));
  if (typeof source?.environment === 'string') keys.push(environmentKey(source.environment));
  for (const name in tags) {
    const value: unknown = tags[name];
    if (Object.hasOwn(tags, name) && typeof value === 'string') keys.push(keyOf(`tag.${name}`, value));
  }
  return { keys, service };
}

function writeFieldKeys(row: UnindexedRow, into: KeyedEventsWriter): void {
  into.add(typeKey(row.type_id));
  into.add(severityKey[row.severity] as number);
  into.add(tierKey[row.tier] as number);
  into.add(row.aggregate_type === null ? onDeviceAggregate : aggregateTypeKey(row.aggregate_type));
  if (isLate(Number(row.timestamp), Number(row.recorded_at))) into.add(lateKey);
  if (row.on_device) into.add(deviceKey(row.shard_key));
  if (row.aggregate_id !== null) into.add(aggregateIdKey(row.aggregate_id));
  else if (!row.on_device) into.add(aggregateIdKey(row.shard_key));
  if (row.outcome !== null) into.add(outcomeKey[row.outcome] as number);
  if (row.impact !== null) into.add(impactKey[row.impact] as number);
  if (row.source !== null) into.add(sourceKey(row.source));
  if (row.tenant !== null) into.add(tenantKey(row.tenant));
  if (row.correlation_id !== null) into.add(correlationKey(row.correlation_id));
  if (row.causation_id !== null) into.add(causationKey(row.causation_id));
  if (row.actor_type === null) return;
  into.add(actorTypeKey[row.actor_type] as number);
  if (row.actor_id !== null) into.add(actorIdKey(row.actor_id));
  else if (!row.on_device) into.add(actorIdKey(row.shard_key));
}
