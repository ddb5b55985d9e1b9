/** Publishing: checks the caller's events and hands them to the group commit, or to the caller's own transaction. */
import { type EventInput, impacts, outcomes, type Receipt, severities, TelltaleError } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import { openTransaction, type StoreTransaction } from '../database/connection.ts';
import type { Database } from '../database/database.ts';
import { dataText } from '../event/content.ts';
import { type EventLimits, type PreparedEvent, prepareEvent } from '../event/prepare.ts';
import { formatTime } from '../event/time.ts';
import { readStatement } from '../sql-file.ts';
import type { Group } from './group.ts';
import { streamKey } from './spread.ts';
import { AppendUnit } from './unit.ts';

const enqueueEvent = readStatement('enqueue_event');

/** Exact version, `none` for a stream that must not exist, `exists` for one that must. */
export type ExpectedVersion = number | 'none' | 'exists';

export interface PublishOptions {
  /** Refuses with VersionConflict unless the event's stream stands there. Only for versioned aggregate types. */
  readonly expectedVersion?: ExpectedVersion;
  /** A client inside a transaction of the caller's: the event is there if, and when, that transaction commits. */
  readonly transaction?: StoreTransaction;
}

export interface PublishBatchOptions extends PublishOptions {
  /** Stores the good events and answers with the bad ones, instead of refusing all for one. */
  readonly partial?: boolean;
}

/** An event that a partial batch refused. */
export interface RefusedEvent {
  readonly index: number;
  readonly error: TelltaleError;
}

export class Publish {
  readonly #database: Database;
  readonly #registry: Registry;
  readonly #limits: EventLimits;
  readonly #group: Group;

  constructor(database: Database, registry: Registry, limits: EventLimits, group: Group) {
    this.#database = database;
    this.#registry = registry;
    this.#limits = limits;
    this.#group = group;
  }

  /** All or nothing. @throws what the first bad event has; its place names index and pointer. */
  async batch(inputs: readonly EventInput[], options: PublishOptions = {}): Promise<Receipt[]> {
    this.#checkCount(inputs);
    const prepared = await this.#prepareAll(inputs);
    const bad = prepared.find((one) => one instanceof TelltaleError);
    if (bad !== undefined) throw bad;
    const events = prepared as PreparedEvent[];
    this.#checkBytes(events);
    if (options.transaction !== undefined) return this.#enqueue(events, options);
    return this.#append(events, this.#expected(events, options.expectedVersion));
  }

  /** Stores what is good. The receipts of refused events are missing from the array's places. */
  async partialBatch(
    inputs: readonly EventInput[],
  ): Promise<{ receipts: (Receipt | null)[]; refused: RefusedEvent[] }> {
    this.#checkCount(inputs);
    const prepared = await this.#prepareAll(inputs);
    const receipts: (Receipt | null)[] = inputs.map(() => null);
    const refused: RefusedEvent[] = [];
    let open: { index: number; event: PreparedEvent }[] = [];
    for (const [index, one] of prepared.entries()) {
      if (one instanceof TelltaleError) refused.push({ index, error: one });
      else open.push({ index, event: one });
    }
    while (open.length > 0) {
      try {
        const stored = await this.#append(open.map(({ event }) => event));
        for (const [place, { index }] of open.entries()) receipts[index] = stored[place] as Receipt;
        open = [];
      } catch (error) {
        // What only the log knows, such as a reused id, comes out one by one.
        if (!(error instanceof TelltaleError) || error.place.index === undefined) throw error;
        const [bad] = open.splice(error.place.index, 1) as [(typeof open)[number]];
        refused.push({ index: bad.index, error: placed(error, bad.index) });
      }
    }
    return { receipts, refused: refused.sort((one, other) => one.index - other.index) };
  }

  /** What each event would be refused for, null for a good one; stores nothing. */
  async check(inputs: readonly EventInput[]): Promise<(TelltaleError | null)[]> {
    return (await this.#prepareAll(inputs)).map((one) => (one instanceof TelltaleError ? one : null));
  }

  async #append(events: readonly PreparedEvent[], expected?: number): Promise<Receipt[]> {
    if (events.length === 0) return [];
    const unit = new AppendUnit(events, { expected });
    this.#group.add(unit);
    return unit.done;
  }

  #expected(events: readonly PreparedEvent[], expectedVersion: ExpectedVersion | undefined): number | undefined {
    if (expectedVersion === undefined) return undefined;
    const [first] = events;
    if (first === undefined) return undefined;
    if (!this.#registry.isVersioned(first.fields.place.aggregateType)) {
      throw new TelltaleError(
        'StreamNotVersioned',
        `expected an aggregate type whose streams carry versions (found: ${first.fields.place.aggregateType})`,
      );
    }
    if (events.some((event) => streamKey(event) !== streamKey(first))) {
      throw new TelltaleError(
        'InvalidArgument',
        'expectedVersion: expected events of one stream (found: several streams)',
      );
    }
    if (expectedVersion === 'none') return 0;
    if (expectedVersion === 'exists') return -1;
    if (Number.isSafeInteger(expectedVersion) && expectedVersion >= 0) return expectedVersion;
    throw new TelltaleError(
      'InvalidArgument',
      `expectedVersion: expected a version, none or exists (found: ${String(expectedVersion)})`,
    );
  }

  /** Prepares each; a type that nobody here knows may have been registered elsewhere a moment ago. */
  async #prepareAll(inputs: readonly EventInput[]): Promise<(PreparedEvent | TelltaleError)[]> {
    let refreshed = false;
    const prepared: (PreparedEvent | TelltaleError)[] = [];
    for (const [index, input] of inputs.entries()) {
      let one = this.#prepare(input, index);
      if (one instanceof TelltaleError && one.code.startsWith('Unknown') && !refreshed) {
        refreshed = true;
        await this.#registry.refresh(this.#database);
        one = this.#prepare(input, index);
      }
      prepared.push(one);
    }
    return prepared;
  }

  #prepare(input: EventInput, index: number): PreparedEvent | TelltaleError {
    try {
      return prepareEvent(input, this.#registry, this.#limits);
    } catch (error) {
      if (error instanceof TelltaleError) return placed(error, index);
      throw error;
    }
  }

  #checkCount(inputs: readonly EventInput[]): void {
    if (!Array.isArray(inputs)) throw new TelltaleError('InvalidArgument', 'expected an array of events');
    if (inputs.length > this.#limits.batchEvents) {
      throw new TelltaleError(
        'BatchTooLarge',
        `expected at most ${this.#limits.batchEvents} events (found: ${inputs.length}); split the batch`,
      );
    }
  }

  #checkBytes(events: readonly PreparedEvent[]): void {
    const bytes = events.reduce((sum, event) => sum + event.bytes, 0);
    if (bytes > this.#limits.batchBytes) {
      throw new TelltaleError(
        'BatchTooLarge',
        `expected at most ${this.#limits.batchBytes} bytes (found: ${bytes}); split the batch`,
      );
    }
  }

  /** Into the inbox, in the caller's transaction. The timestamp is this call's, also when the move comes later. */
  async #enqueue(events: readonly PreparedEvent[], options: PublishOptions): Promise<Receipt[]> {
    if (options.expectedVersion !== undefined) {
      throw new TelltaleError(
        'TransactionWithExpectedVersion',
        'expected either transaction or expectedVersion (found: both); an event of a transaction gets its version after commit',
      );
    }
    const session = openTransaction(options.transaction as StoreTransaction);
    for (const event of events) await session.query(enqueueEvent, [event.fields.place.shard, toEnvelope(event)]);
    return events.map((event) => ({ status: 'pending', event_id: event.fields.eventId }));
  }
}

/** The error with the index of its event. */
function placed(error: TelltaleError, index: number): TelltaleError {
  return new TelltaleError(
    error.code,
    `event ${index}: ${error.message.replace(/^event \d+: /, '')}`,
    { ...error.place, index },
    { cause: error },
  );
}

/** A prepared event as the JSON of an EventInput; the canonical data goes in as it is. `stamped` is for the mover alone. */
function toEnvelope({ fields, metadata, content, stamped }: PreparedEvent): string {
  const { place, severity, impact, outcome } = fields;
  const head = JSON.stringify({
    event_id: fields.eventId,
    event_type: fields.type.name,
    timestamp: formatTime(fields.timestamp),
    stamped: stamped ? true : undefined,
    aggregate_type: place.aggregateType,
    aggregate_id: place.aggregateId,
    device_uuid: place.onDevice ? place.shardKey : null,
    correlation_id: fields.correlationId,
    causation_id: fields.causationId,
    source: fields.source,
    schema_version: fields.schemaVersion,
    traceparent: fields.traceparent,
    outcome: outcome === null ? undefined : outcomes[outcome],
    metadata: {
      ...metadata,
      severity: severities[severity],
      impact: impact === null ? undefined : impacts[impact],
    },
  });
  return `${head.slice(0, -1)},"data":${dataText(content)}}`;
}
