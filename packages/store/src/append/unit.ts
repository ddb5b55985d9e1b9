/** A unit of appending: the events of one call, all stored or none, and the promise its caller waits on. */
import type { Receipt } from '@telltale/catalogue';
import { TelltaleError } from '@telltale/catalogue';
import { checksumOf } from '../event/checksum.ts';
import { type PreparedEvent, restamp } from '../event/prepare.ts';
import { formatTime, postgresEpoch } from '../event/time.ts';
import { type BatchRow, streamKey } from './spread.ts';
import type { Duplicate } from './statement.ts';

export type PlacedReceipt = Exclude<Receipt, { status: 'pending' }>;

/** A row, and which event of the call it is. */
interface UnitRow extends BatchRow {
  readonly index: number;
}

export interface UnitOptions {
  /** Import log to write to; else the epoch decides. */
  readonly log?: number | undefined;
  /** Version that the stream of the first event must have: exact, 0 for none, -1 for any that exists. */
  readonly expected?: number | undefined;
  readonly recordedAt?: readonly number[] | undefined;
  readonly inboxIds?: readonly number[] | undefined;
}

/** Look in every tier. */
const anyTier = -1;

export class AppendUnit {
  /** What is still to be stored. */
  rows: UnitRow[];
  readonly log: number | undefined;
  readonly expected: number | undefined;
  readonly done: Promise<PlacedReceipt[]>;
  readonly bytes: number;
  readonly #receipts: PlacedReceipt[];
  /** Index of an event -> index of the one before it that is the same. */
  readonly #twins: ReadonlyMap<number, number>;
  #resolve!: (receipts: PlacedReceipt[]) => void;
  #reject!: (error: unknown) => void;

  /** @throws EventIdReused when two of the events share an id and not their content. */
  constructor(events: readonly PreparedEvent[], options: UnitOptions = {}) {
    this.log = options.log;
    this.expected = options.expected;
    this.#twins = findTwins(events);
    this.rows = events.map((event, index) => ({
      event,
      index,
      check: checkOf(event, index, options),
      expected: options.expected,
      recordedAt: options.recordedAt?.[index],
      inboxId: options.inboxIds?.[index],
    }));
    if (this.#twins.size > 0) this.rows = this.rows.filter((row) => !this.#twins.has(row.index));
    this.bytes = events.reduce((sum, event) => sum + event.bytes, 0);
    this.#receipts = [];
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Ids that the caller gave, or that an attempt of unknown fate may have stored. */
  knownIds(): string[] {
    return this.rows.filter((row) => row.check === anyTier).map(({ event }) => event.fields.eventId);
  }

  /** The streams of its events; a device's telemetry carries no versions, so it has none here. */
  streams(): string[] {
    return this.rows
      .filter(({ event }) => event.fields.place.aggregateType !== 'device')
      .map(({ event }) => streamKey(event));
  }

  /** From now on any of these may already be recorded: the answer to the last attempt was lost. */
  doubt(): void {
    for (const row of this.rows) row.check = anyTier;
  }

  keep(row: UnitRow, receipt: PlacedReceipt): void {
    this.#receipts[row.index] = receipt;
  }

  /**
   * Takes a row out that is recorded already, if its content is the same.
   * @returns whether it was; if not, the unit is refused.
   */
  settleDuplicate(row: UnitRow, found: Duplicate): boolean {
    const place = {
      log: found.log,
      position: found.position,
      tierPosition: found.tier_position,
      recordedAt: found.recorded_at,
      streamVersion: found.stream_version,
    };
    let { event } = row;
    if (checksumOf(event.contentHash, place) !== found.checksum && event.stamped) {
      event = restamp(event, found.timestamp + postgresEpoch);
    }
    if (checksumOf(event.contentHash, place) !== found.checksum) {
      this.refuse(
        new TelltaleError(
          'EventIdReused',
          `expected a new event_id, or the content recorded under it (found: ${event.fields.eventId} at position ${found.position} of log ${found.log} with other content)`,
          { index: row.index, pointer: '/event_id' },
        ),
      );
      return false;
    }
    this.keep(row, {
      status: 'duplicate',
      event_id: event.fields.eventId,
      log: found.log,
      position: found.position,
      tier_position: found.tier_position,
      recorded_at: formatTime(found.recorded_at + postgresEpoch),
      stream_version: found.stream_version,
      content_hash: event.contentHash,
    });
    this.rows = this.rows.filter((other) => other !== row);
    const [first] = this.rows;
    if (first !== undefined) first.check ??= first.event.fields.type.tierNumber;
    return true;
  }

  finish(): void {
    for (const [index, of] of this.#twins) {
      this.#receipts[index] = { ...(this.#receipts[of] as PlacedReceipt), status: 'duplicate' };
    }
    this.#resolve(this.#receipts);
  }

  refuse(error: unknown): void {
    this.#reject(error);
  }
}

/**
 * An id of the caller's may be recorded anywhere. Ids that the library made are new, but a statement that was given up
 * and sent again may run late: one look for the first of them stops it, since a call is stored as a whole. Imports go by
 * position and look for nothing.
 */
function checkOf(event: PreparedEvent, index: number, options: UnitOptions): number | null {
  if (options.log !== undefined) return null;
  if (event.known) return anyTier;
  return index === 0 ? event.fields.type.tierNumber : null;
}

/** Events that repeat an earlier one of the same call: identity is (tenant, shard_key, event_id). */
function findTwins(events: readonly PreparedEvent[]): Map<number, number> {
  const twins = new Map<number, number>();
  if (!events.some((event) => event.known)) return twins;
  const firsts = new Map<string, number>();
  for (const [index, event] of events.entries()) {
    const identity = `${event.fields.tenant ?? ''} ${event.fields.place.shardKey} ${event.fields.eventId}`;
    const of = firsts.get(identity);
    if (of === undefined) {
      firsts.set(identity, index);
      continue;
    }
    const first = events[of] as PreparedEvent;
    const same = event.stamped ? restamp(event, first.fields.timestamp) : event;
    if (same.contentHash !== first.contentHash) {
      throw new TelltaleError(
        'EventIdReused',
        `expected a new event_id, or the content of event ${of} (found: ${event.fields.eventId} with other content)`,
        { index, pointer: '/event_id' },
      );
    }
    twins.set(index, of);
  }
  return twins;
}
