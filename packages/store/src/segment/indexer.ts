/** Keeps the segments up with the logs: reads what is recorded, holds the newest positions in memory, stores full segments. */
import type { Registry } from '../catalogue/registry.ts';
import type { Session } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import { valuesOf } from '../read/criterion.ts';
import type { RowReader } from '../read/event-row.ts';
import { readStatement } from '../sql-file.ts';
import { KeyMaker, type UnindexedRow } from './event-key.ts';
import type { KeyedEvents } from './keyed-event.ts';
import { Lexemes } from './lexeme.ts';
import { firstPositionOf, OpenSegment } from './open-segment.ts';
import type { StoredBatch } from './stored-batch.ts';

const readIndexedHeads = readStatement('read_indexed_heads');
const readUnindexed = readStatement('read_unindexed');
const storeSegment = readStatement('store_segment');

/** Rows of one read: with four times as many, what is made of them outlives the young generation, and costs twice. */
const pageRows = 1024;

/** Events that are kept in memory for the index at most; beyond that they are read back when their turn comes. */
const mostOffered = 50_000;

/** A row of read_indexed_heads.sql. */
interface IndexedHead {
  readonly log: number;
  readonly head: string;
  readonly indexed: string;
  readonly recorded_to: string | null;
  readonly types: string;
}

/** One log as this process has read it. */
interface LogTail {
  /** Everything up to here is in a stored segment or in `open`. */
  position: number;
  /** When the newest row read was recorded, in microseconds since 1970; null before the first. */
  recordedAt: number | null;
  readonly open: Map<number, OpenSegment>;
}

/** Where a log stands, and up to where its segments are complete. */
export interface IndexedLog {
  readonly log: number;
  readonly head: number;
  readonly indexed: number;
  /** When the last event of a segment was recorded, in microseconds since 1970; null before the first segment. */
  readonly recordedTo: number | null;
}

export interface IndexReport {
  /** Positions that no stored segment has. */
  readonly behind: number;
  readonly stored: number;
  /** Another process stored a segment first. */
  readonly contended: boolean;
}

export class Indexer {
  readonly #session: Session;
  readonly #registry: Registry;
  readonly #keys: KeyMaker;
  readonly #tails = new Map<number, LogTail>();
  /** Log -> batches of this process by first position: their keys where those could be made at once. */
  readonly #offered = new Map<number, Map<number, StoredBatch | KeyedEvents>>();
  #offeredEvents = 0;
  /** Another process stores what is full: what this one offers would be for nothing. */
  #contended = false;
  #running: Promise<unknown> = Promise.resolve();
  /** How many versions of types there were when the registry was last read. */
  #types: string | undefined;

  constructor(session: Session, registry: Registry, rows: RowReader) {
    this.#session = session;
    this.#registry = registry;
    this.#keys = new KeyMaker(registry, rows, new Lexemes());
  }

  get lexemes(): Lexemes {
    return this.#keys.lexemes;
  }

  /**
   * Takes a batch that this process has stored. Whether it comes in order, or at all, is no matter. Its keys are made here,
   * so that numbers are kept and the events can go: garbage collection took 8.6 us an event while they waited, 3.3 since, in
   * one profile each.
   */
  offer(batch: StoredBatch): void {
    if (this.#contended) return;
    if (this.#offeredEvents > mostOffered) this.#forgetOffers();
    let batches = this.#offered.get(batch.log);
    if (batches === undefined) {
      batches = new Map();
      this.#offered.set(batch.log, batches);
    }
    batches.set(batch.firstPosition, this.#keys.makeAtOnce(batch) ?? batch);
    this.#offeredEvents += batch.events.length;
  }

  #forgetOffers(): void {
    this.#offered.clear();
    this.#offeredEvents = 0;
  }

  /** Reads what is new and stores every full segment, until it is done or told to stop. */
  work(stopped = () => false): Promise<IndexReport> {
    return this.#exclusively(async () => {
      const report = await this.#read(stopped);
      if (report.contended || report.stored > 0) this.#contended = report.contended;
      if (report.contended) this.#forgetOffers();
      return report;
    });
  }

  /**
   * Where the logs and their segments stand, in one snapshot, all of whose types are known from then on.
   * @param session that of a question, which has a time to keep
   */
  async heads(session: Session = this.#session): Promise<IndexedLog[]> {
    const heads = await session.query<IndexedHead>(readIndexedHeads);
    await this.#learnTypes(heads[0]?.types);
    return heads.map((row) => ({
      log: row.log,
      head: Number(row.head),
      indexed: Number(row.indexed),
      recordedTo: row.recorded_to === null ? null : Number(row.recorded_to),
    }));
  }

  /** How many positions of all logs no stored segment has. */
  async behind(): Promise<number> {
    return (await this.heads()).reduce((sum, log) => sum + log.head - log.indexed, 0);
  }

  #exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = this.#running.then(work, work);
    this.#running = run.catch(() => undefined);
    return run;
  }

  async #read(stopped: () => boolean): Promise<IndexReport> {
    let [behind, stored] = [0, 0];
    let contended = false;
    const heads = await this.#session.query<IndexedHead>(readIndexedHeads);
    await this.#learnTypes(heads[0]?.types);
    for (const row of heads) {
      const head = Number(row.head);
      const tail = this.#tailOf(row);
      while (tail.position < head && !stopped()) {
        await this.#readPage(row.log, tail, head);
        const outcome = await this.#store(tail);
        stored += outcome.stored;
        contended ||= outcome.contended;
      }
      const rest = await this.#store(tail);
      stored += rest.stored;
      contended ||= rest.contended;
      behind += head - Math.max(Number(row.indexed), Math.min(head, firstOpen(tail) - 1));
    }
    return { behind, stored, contended };
  }

  /** A type that only another process has met may stand in segments that this one never read, where a plan looks for it. */
  async #learnTypes(types: string | undefined): Promise<void> {
    if (types === this.#types) return;
    await this.#registry.refresh(this.#session);
    this.#types = types;
  }

  /** What this process holds of a log, without what others have stored meanwhile. */
  #tailOf(row: IndexedHead): LogTail {
    const indexed = Number(row.indexed);
    let tail = this.#tails.get(row.log);
    // A head below what was read is a restored database: what is held is of another history.
    if (tail === undefined || tail.position < indexed || tail.position > Number(row.head)) {
      tail = {
        position: indexed,
        recordedAt: row.recorded_to === null ? null : Number(row.recorded_to),
        open: new Map(),
      };
      this.#tails.set(row.log, tail);
    }
    for (const [first, segment] of tail.open) if (segment.lastPosition <= indexed) tail.open.delete(first);
    return tail;
  }

  async #readPage(log: number, tail: LogTail, head: number): Promise<void> {
    const offered = this.#takeOffer(log, tail.position + 1);
    if (offered !== undefined) {
      const keyed = 'keys' in offered ? offered : await this.#keys.makeOf(this.#session, offered);
      this.#add(log, tail, keyed);
      tail.position = keyed.positions[keyed.count - 1] as number;
      return;
    }
    const rows = await this.#session.query<UnindexedRow>(
      readUnindexed,
      valuesOf(readUnindexed.parameters, {
        log,
        after: String(tail.position),
        head: String(head),
        since: tail.recordedAt === null ? '-infinity' : formatTime(tail.recordedAt),
        limit: pageRows,
      }),
    );
    this.#add(log, tail, await this.#keys.make(this.#session, rows));
    const last = rows.at(-1);
    tail.position = rows.length < pageRows || last === undefined ? head : Number(last.position);
  }

  /** The batch of this process that begins there, if there is one. */
  #takeOffer(log: number, position: number): StoredBatch | KeyedEvents | undefined {
    const batches = this.#offered.get(log);
    const batch = batches?.get(position);
    if (batches === undefined || batch === undefined) return undefined;
    for (const [first, other] of batches) {
      if (first > position) continue;
      batches.delete(first);
      this.#offeredEvents -= 'keys' in other ? other.count : other.events.length;
    }
    return batch;
  }

  #add(log: number, tail: LogTail, events: KeyedEvents): void {
    for (let index = 0; index < events.count; index++) {
      const first = firstPositionOf(events.positions[index] as number);
      let segment = tail.open.get(first);
      if (segment === undefined) {
        segment = new OpenSegment(log, first);
        tail.open.set(first, segment);
      }
      segment.add(events, index);
    }
    if (events.count > 0) tail.recordedAt = events.recordedAt[events.count - 1] as number;
  }

  /** Stores full segments, oldest first. */
  async #store(tail: LogTail): Promise<{ stored: number; contended: boolean }> {
    const full = [...tail.open.values()].filter((segment) => segment.lastPosition <= tail.position);
    let stored = 0;
    let contended = false;
    for (const segment of full) {
      const values = valuesOf(storeSegment.parameters, segment.toParameters());
      const [row] = await this.#session.query<{ stored: boolean }>(storeSegment, values);
      if (row?.stored === true) stored += 1;
      else contended = true;
      tail.open.delete(segment.firstPosition);
    }
    return { stored, contended };
  }
}

/** First position that is not in a stored segment. */
function firstOpen(tail: LogTail): number {
  return Math.min(tail.position + 1, ...tail.open.keys());
}
