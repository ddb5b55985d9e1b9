/** The log as one would write it down: what publishing does to it, without SQL, locks, groups or statements. */
import { type Tier, tiers } from '@telltale/catalogue';
import type { ExpectedVersion } from '@telltale/store';

/** An event of a history, small enough to be shrunk. */
export interface ModelEvent {
  /** A device, or a job whose stream carries versions. */
  readonly of: 'device' | 'job';
  readonly number: number;
  /** Of a device's event; a job's are `standard`. */
  readonly tier: number;
  /** The publisher's own id, out of few, so that they meet; null leaves it to the library. */
  readonly id: number | null;
  readonly content: number;
  /** Whether the library gives it its time. */
  readonly stamped: boolean;
}

export interface ModelRow extends ModelEvent {
  readonly position: number;
  readonly tierPosition: number;
  readonly version: number | null;
}

/** What a receipt says, as far as a model can know. */
export interface ModelReceipt {
  readonly status: 'stored' | 'duplicate';
  readonly position: number;
  readonly tier_position: number;
  readonly stream_version: number | null;
}

export type ModelAnswer =
  | { readonly receipts: ModelReceipt[] }
  | { readonly refused: 'EventIdReused' | 'VersionConflict' };

const shardOf = (event: ModelEvent): string => `${event.of} ${event.number}`;
const identityOf = (event: ModelEvent): string => `${shardOf(event)} ${event.id}`;
export const tierOf = (event: ModelEvent): Tier => (event.of === 'job' ? 'standard' : (tiers[event.tier] as Tier));

export class LogModel {
  readonly rows: ModelRow[] = [];
  /** Committed and not moved. */
  inbox: ModelEvent[] = [];
  quarantined = 0;
  readonly #tierHeads: Record<Tier, number>;
  readonly #first: number;

  /** Where the log stands when the history begins. */
  constructor(head: number, tierHeads: Record<Tier, number>) {
    this.#first = head;
    this.#tierHeads = { ...tierHeads };
  }

  versionOf(job: number): number {
    return this.rows.findLast((row) => row.of === 'job' && row.number === job)?.version ?? 0;
  }

  /** A direct publish: the inbox of its shards first, then all of it or nothing. */
  publish(events: readonly ModelEvent[], expected?: ExpectedVersion): ModelAnswer {
    if (findTwinsThatDiffer(events)) return { refused: 'EventIdReused' };
    const shards = new Set(events.map(shardOf));
    this.#move((event) => shards.has(shardOf(event)));
    const known = events.map((event) => this.#find(event));
    if (events.some((event, index) => differs(known[index], event))) return { refused: 'EventIdReused' };
    const [first] = events;
    if (known.includes(undefined) && !this.#isExpected(first as ModelEvent, expected))
      return { refused: 'VersionConflict' };
    return { receipts: events.map((event) => this.#store(event)) };
  }

  /** What a committed transaction of the caller's leaves. */
  enqueue(events: readonly ModelEvent[]): void {
    this.inbox.push(...events);
  }

  drain(): void {
    this.#move(() => true);
  }

  #move(chosen: (event: ModelEvent) => boolean): void {
    const moving = this.inbox.filter(chosen);
    this.inbox = this.inbox.filter((event) => !chosen(event));
    for (const event of moving) {
      if (differs(this.#find(event), event)) this.quarantined += 1;
      else this.#store(event);
    }
  }

  #isExpected(event: ModelEvent, expected: ExpectedVersion | undefined): boolean {
    if (expected === undefined) return true;
    const found = this.versionOf(event.number);
    if (expected === 'exists') return found > 0;
    return found === (expected === 'none' ? 0 : expected);
  }

  #find(event: ModelEvent): ModelRow | undefined {
    if (event.id === null) return undefined;
    return this.rows.find((row) => row.id !== null && identityOf(row) === identityOf(event));
  }

  #store(event: ModelEvent): ModelReceipt {
    const known = this.#find(event);
    if (known !== undefined) return receiptOf(known, 'duplicate');
    const row = {
      ...event,
      position: this.#first + this.rows.length + 1,
      tierPosition: ++this.#tierHeads[tierOf(event)],
      version: event.of === 'job' ? this.versionOf(event.number) + 1 : null,
    };
    this.rows.push(row);
    return receiptOf(row, 'stored');
  }
}

function receiptOf(row: ModelRow, status: 'stored' | 'duplicate'): ModelReceipt {
  return { status, position: row.position, tier_position: row.tierPosition, stream_version: row.version };
}

/** Other content under one identity. A time that the library gave is no content: a repeat takes that of the first. */
function differs(first: ModelEvent | undefined, event: ModelEvent): boolean {
  if (first === undefined) return false;
  return first.content !== event.content || tierOf(first) !== tierOf(event) || (first.stamped && !event.stamped);
}

function findTwinsThatDiffer(events: readonly ModelEvent[]): boolean {
  return events.some((event, index) => {
    if (event.id === null) return false;
    const first = events.find((other) => other.id !== null && identityOf(other) === identityOf(event));
    return first !== undefined && events.indexOf(first) < index && differs(first, event);
  });
}
