/** Finds the segments that can hold what a plan looks for, newest events first, and which of their positions. */
import { column } from '../database/column.ts';
import type { Session, Value } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import { type TimeRange, timeValue, valuesOf } from '../read/criterion.ts';
import type { IndexedLog } from '../segment/indexer.ts';
import { lateKey } from '../segment/key.ts';
import { type Bitmap, offsetsOf, readPosting } from '../segment/posting.ts';
import { readStatement } from '../sql-file.ts';
import { evaluate, type KeyPlan, keysOf, requiredOf } from './plan.ts';

const walkSegments = readStatement('walk_segments');
const findSegments = readStatement('find_segments');

/** Segments that are walked through before the index over keys is asked: what is frequent is found among the newest. */
const walked = 16;
/** Segments that are walked through at once at most. */
const mostWalked = 256;
/** Segments of the first page of the index over keys; each next page is twice as large, up to the most. */
const foundAtOnce = 64;

const lateOnly: KeyPlan = { kind: 'key', key: lateKey };

/** A segment with positions to look at. Times are microseconds since 1970. */
export interface Candidate {
  readonly log: number;
  readonly firstPosition: number;
  readonly recordedFrom: number;
  readonly recordedTo: number;
  /** No event of the segment is newer. */
  readonly timeTo: number;
  /** Descending. */
  readonly offsets: readonly number[];
  /** Positions by key, for the rank of a text. */
  readonly postings: ReadonlyMap<number, Bitmap>;
  /** Words of each event, at most 255; null unless asked for. */
  readonly lengths: Uint8Array | null;
}

export interface WalkOptions {
  /** Segments of each page of the index over keys, where many are sure to be wanted. Default: 64, then twice as many. */
  readonly page?: number;
  /** Whether the lengths are wanted. */
  readonly lengths?: boolean;
  /** Candidates behind the segments, those with the newest events first. */
  readonly tail?: readonly Candidate[];
}

/** A row of walk_segments.sql and find_segments.sql. */
interface SegmentRow {
  readonly log: number;
  readonly first_position: string;
  readonly recorded_from: string;
  readonly recorded_to: string;
  readonly time_to: string;
  /** Whether only its late events can be old enough. */
  readonly late_only: boolean;
  readonly postings: Buffer;
  readonly lengths: Buffer | null;
}

export class CandidateWalk {
  readonly #session: Session;
  readonly #plan: KeyPlan;
  readonly #keys: readonly number[];
  readonly #range: TimeRange;
  /** Log -> up to where it is looked for in the table. */
  readonly #indexed: ReadonlyMap<number, number>;
  readonly #options: WalkOptions;
  #queue: Candidate[];
  #last: SegmentRow | undefined;
  #pages = 0;
  #ended = false;

  constructor(
    session: Session,
    plan: KeyPlan,
    range: TimeRange,
    logs: readonly IndexedLog[],
    options: WalkOptions = {},
  ) {
    this.#options = options;
    this.#session = session;
    this.#plan = plan;
    // Segments whose prompt events are all too new are looked into for the late ones.
    this.#keys = range.to === null ? keysOf(plan) : [...keysOf(plan), lateKey];
    this.#range = range;
    this.#indexed = new Map(logs.map(({ log, indexed }) => [log, indexed]));
    this.#queue = [...(options.tail ?? [])];
  }

  /** Candidates with at least so many positions together, unless the rest has fewer; none at the end. */
  async next(positions: number): Promise<Candidate[]> {
    const taken: Candidate[] = [];
    for (let count = 0; count < positions; ) {
      if (this.#queue.length === 0 && !(await this.#load())) break;
      const candidate = this.#queue.shift();
      if (candidate === undefined) continue;
      taken.push(candidate);
      count += candidate.offsets.length;
    }
    return taken;
  }

  /** No event that is still to come is newer. */
  async newestLeft(): Promise<number> {
    while (this.#queue.length === 0 && !this.#ended) {
      if (this.#pages > 0 && this.#last !== undefined) return Number(this.#last.time_to);
      await this.#load();
    }
    return this.#queue[0]?.timeTo ?? Number.NEGATIVE_INFINITY;
  }

  /** Adds a page of stored segments to the queue. @returns whether there may be more behind it. */
  async #load(): Promise<boolean> {
    if (this.#ended) return false;
    const { all, oneOf } = requiredOf(this.#plan);
    const indexed = this.#pages > 0 && (all.length > 0 || oneOf !== null);
    const limit = indexed ? (this.#options.page ?? foundAtOnce * 2 ** (this.#pages - 1)) : walkedAtOnce(this.#pages);
    const statement = indexed ? findSegments : walkSegments;
    const values: Record<string, Value> = {
      before_time: this.#last === undefined ? 'infinity' : formatTime(Number(this.#last.time_to)),
      before_log: this.#last?.log ?? 32_767,
      before_position: this.#last?.first_position ?? '9223372036854775807',
      from: timeValue(this.#range.from, '-infinity'),
      to: timeValue(this.#range.to, 'infinity'),
      keys: integers(this.#keys),
      all: integers(all),
      one_of: integers(oneOf ?? all),
      lengths: this.#options.lengths === true,
      limit,
    };
    const rows = await this.#session.query<SegmentRow>(statement, valuesOf(statement.parameters, values));
    this.#pages += 1;
    this.#last = rows.at(-1) ?? this.#last;
    this.#ended = rows.length < limit;
    const found = rows.flatMap((row) => this.#toCandidate(row));
    const first = this.#queue[0];
    this.#queue.push(...found);
    // Only the tail can be newer than what is stored, and only before the first page.
    if (first !== undefined) this.#queue.sort((one, other) => other.timeTo - one.timeTo);
    return true;
  }

  #toCandidate(row: SegmentRow): Candidate[] {
    const firstPosition = Number(row.first_position);
    // Stored since the logs were looked at, so that whoever reads the tail has it.
    if (firstPosition > (this.#indexed.get(row.log) ?? 0)) return [];
    const postings = this.#decode(row.postings);
    const plan: KeyPlan = row.late_only ? { kind: 'and', parts: [lateOnly, this.#plan] } : this.#plan;
    const offsets = offsetsOf(evaluate(plan, (key) => postings.get(key)));
    if (offsets.length === 0) return [];
    return [
      {
        log: row.log,
        firstPosition,
        recordedFrom: Number(row.recorded_from),
        recordedTo: Number(row.recorded_to),
        timeTo: Number(row.time_to),
        offsets,
        postings,
        lengths: row.lengths,
      },
    ];
  }

  #decode(bytes: Buffer): Map<number, Bitmap> {
    const postings = new Map<number, Bitmap>();
    let at = 0;
    for (const key of this.#keys) {
      const length = bytes[at] as number;
      if (length > 0) postings.set(key, readPosting(bytes.subarray(at + 1, at + 1 + length)));
      at += 1 + length;
    }
    return postings;
  }
}

/**
 * The first segments mostly suffice. Those that may have late events of an older range are as many as come in two days,
 * 216 of 10 M events in 90: at 16 a page they took 22 statements.
 */
const walkedAtOnce = (pages: number): number => Math.min(walked * 2 ** pages, mostWalked);

/** A column of nothing is sent as its literal. */
const integers = (values: readonly number[]): Value => (values.length === 0 ? '{}' : column('int4', values));
