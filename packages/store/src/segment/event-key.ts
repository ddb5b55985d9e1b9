/** What an event can be searched by: the keys of its fields, and those of the lexemes of its search text. */
import { type EventMetadata, searchValues, wordsOf } from '@telltale/catalogue';
import type { RegisteredType, Registry } from '../catalogue/registry.ts';
import type { Session } from '../database/database.ts';
import type { EventRow, RowReader } from '../read/event-row.ts';
import { keyOf, keysOfKind, lateKey, typeKey } from './key.ts';
import { Lexemes } from './lexeme.ts';

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
> & {
  readonly position: string | number;
  readonly recorded_at: string | number;
  readonly timestamp: string | number;
};

export interface EventKeys {
  /** A key may come twice. */
  readonly keys: readonly number[];
  /** Words of the search text. */
  readonly length: number;
}

/** Keys of a text, and how many words it has. */
interface TextKeys {
  readonly keys: readonly number[];
  readonly length: number;
}

/** Texts remembered: states, names and messages repeat; longer ones rarely do. */
const textCapacity = 50_000;
const longestRemembered = 80;
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
const [correlationKey, causationKey, lexemeKey] = (['correlation', 'causation', 'lexeme'] as const).map(keysOfKind) as [
  Key,
  Key,
  Key,
];
type Key = ReturnType<typeof keysOfKind>;

/** Makes the keys of events; remembers what repeats. */
export class KeyMaker {
  readonly lexemes: Lexemes;
  readonly #registry: Registry;
  readonly #rows: RowReader;
  readonly #texts = new Map<string, TextKeys>();
  readonly #contexts = new Map<string, ContextKeys>();

  constructor(registry: Registry, rows: RowReader, lexemes: Lexemes) {
    this.#registry = registry;
    this.#rows = rows;
    this.lexemes = lexemes;
  }

  /** The keys of each row. Asks the database for types, metadata and lexemes that are new to the process. */
  async make(session: Session, rows: readonly UnindexedRow[]): Promise<EventKeys[]> {
    await this.#rows.learn(session, rows);
    const texts = rows.map((row) => this.#textsOf(row));
    const fresh = new Set<string>();
    for (const values of texts) for (const value of values) if (!this.#texts.has(value)) fresh.add(value);
    const words = new Map([...fresh].map((value) => [value, wordsOf(value)]));
    await this.lexemes.learn(session, [...words.values()].flat());
    return rows.map((row, index) => this.#keysOf(row, texts[index] as string[], words));
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

  #dataOf(row: UnindexedRow, type: RegisteredType): unknown {
    const data: unknown = JSON.parse(row.data);
    return row.schema_version === type.version ? data : this.#registry.upcast(type, row.schema_version, data).data;
  }

  #keysOf(row: UnindexedRow, texts: readonly string[], words: ReadonlyMap<string, readonly string[]>): EventKeys {
    const keys = fieldKeys(row);
    for (const key of this.#sharedOf(row).keys) keys.push(key);
    if (row.context !== null) for (const key of this.#contextOf(row.context).keys) keys.push(key);
    let length = 0;
    for (const text of texts) {
      const found = this.#textKeys(text, words);
      length += found.length;
      for (const key of found.keys) keys.push(key);
    }
    return { keys, length };
  }

  #textKeys(text: string, words: ReadonlyMap<string, readonly string[]>): TextKeys {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const own = words.get(text) ?? wordsOf(text);
    const keys = own.flatMap((word) => {
      const lexeme = this.lexemes.of(word);
      return lexeme == null ? [] : [lexemeKey(lexeme)];
    });
    const made = { keys, length: own.length };
    if (text.length <= longestRemembered) {
      if (this.#texts.size >= textCapacity) this.#texts.clear();
      this.#texts.set(text, made);
    }
    return made;
  }

  /** Keys of the interned metadata, and the service that stands for a source that is not written out. */
  #sharedOf(row: UnindexedRow): ContextKeys {
    const text = this.#rows.contextOf(row) ?? row.context;
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

/** Microseconds: clocks differ, and queues wait, by less. */
const lateness = 3_600_000_000;

export function isLate(row: UnindexedRow): boolean {
  return Number(row.timestamp) < Number(row.recorded_at) - lateness;
}

function fieldKeys(row: UnindexedRow): number[] {
  const keys = [
    typeKey(row.type_id),
    severityKey[row.severity] as number,
    tierKey[row.tier] as number,
    row.aggregate_type === null ? onDeviceAggregate : aggregateTypeKey(row.aggregate_type),
  ];
  if (isLate(row)) keys.push(lateKey);
  if (row.on_device) keys.push(deviceKey(row.shard_key));
  if (row.aggregate_id !== null) keys.push(aggregateIdKey(row.aggregate_id));
  else if (!row.on_device) keys.push(aggregateIdKey(row.shard_key));
  if (row.outcome !== null) keys.push(outcomeKey[row.outcome] as number);
  if (row.impact !== null) keys.push(impactKey[row.impact] as number);
  if (row.source !== null) keys.push(sourceKey(row.source));
  if (row.tenant !== null) keys.push(tenantKey(row.tenant));
  if (row.correlation_id !== null) keys.push(correlationKey(row.correlation_id));
  if (row.causation_id !== null) keys.push(causationKey(row.causation_id));
  if (row.actor_type === null) return keys;
  keys.push(actorTypeKey[row.actor_type] as number);
  if (row.actor_id !== null) keys.push(actorIdKey(row.actor_id));
  else if (!row.on_device) keys.push(actorIdKey(row.shard_key));
  return keys;
}
