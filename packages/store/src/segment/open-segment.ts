/** A segment in memory: the newest positions of a log, until there are enough of them to be stored. */
import { column, columnOf } from '../database/column.ts';
import type { Value } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import { type EventKeys, isLate, type UnindexedRow } from './event-key.ts';
import { type Bitmap, emptyBitmap, postingBytes, segmentSize, setBit, writePosting } from './posting.ts';

/** How many events of the segment share all of this; times are numbered hours and days since 1970. */
interface EventCount {
  readonly hour: number;
  readonly recordedDay: number;
  readonly tier: number;
  readonly type_id: number;
  readonly severity: number;
  readonly tenant: string | null;
  events: number;
}

const hour = 3_600_000_000;
const day = 24 * hour;

/** The position with which the segment of a position begins. */
export function firstPositionOf(position: number): number {
  return position - ((position - 1) % segmentSize);
}

export class OpenSegment {
  readonly log: number;
  readonly firstPosition: number;
  readonly lastPosition: number;
  /** Words of each event, at most 255. */
  readonly lengths = Buffer.alloc(segmentSize);
  /** Microseconds since 1970. */
  timeFrom = Number.POSITIVE_INFINITY;
  timeTo = Number.NEGATIVE_INFINITY;
  /** The earliest of the events that are not late. */
  promptFrom = Number.POSITIVE_INFINITY;
  recordedFrom = Number.POSITIVE_INFINITY;
  recordedTo = Number.NEGATIVE_INFINITY;
  readonly #offsets = new Map<number, number[]>();
  readonly #counts = new Map<string, EventCount>();

  constructor(log: number, firstPosition: number) {
    this.log = log;
    this.firstPosition = firstPosition;
    this.lastPosition = firstPosition + segmentSize - 1;
  }

  /** Adds an event; they come in order of position. */
  add(row: UnindexedRow, { keys, length }: EventKeys): void {
    const offset = Number(row.position) - this.firstPosition;
    for (const key of keys) {
      const offsets = this.#offsets.get(key);
      if (offsets === undefined) this.#offsets.set(key, [offset]);
      else if (offsets.at(-1) !== offset) offsets.push(offset);
    }
    this.lengths[offset] = Math.min(length, 255);
    const [time, recorded] = [Number(row.timestamp), Number(row.recorded_at)];
    this.timeFrom = Math.min(this.timeFrom, time);
    this.timeTo = Math.max(this.timeTo, time);
    if (!isLate(row)) this.promptFrom = Math.min(this.promptFrom, time);
    this.recordedFrom = Math.min(this.recordedFrom, recorded);
    this.recordedTo = Math.max(this.recordedTo, recorded);
    this.#count(row, Math.floor(time / hour), Math.floor(recorded / day));
  }

  #count({ tier, type_id, severity, tenant }: UnindexedRow, inHour: number, recordedDay: number): void {
    const key = `${inHour} ${recordedDay} ${tier} ${type_id} ${severity} ${tenant ?? ''}`;
    const count = this.#counts.get(key);
    if (count === undefined)
      this.#counts.set(key, { hour: inHour, recordedDay, tier, type_id, severity, tenant, events: 1 });
    else count.events += 1;
  }

  /** Which positions have the key; undefined for none. */
  postingOf(key: number): Bitmap | undefined {
    const offsets = this.#offsets.get(key);
    if (offsets === undefined) return undefined;
    const bitmap = emptyBitmap();
    for (const offset of offsets) setBit(bitmap, offset);
    return bitmap;
  }

  /** The parameters of store_segment.sql. */
  toParameters(): Readonly<Record<string, Value>> {
    const keys = Int32Array.from(this.#offsets.keys()).sort();
    const ends: number[] = [];
    let bytes = 0;
    for (const key of keys) ends.push((bytes += postingBytes((this.#offsets.get(key) as number[]).length)));
    const postings = Buffer.alloc(bytes);
    for (const [index, key] of keys.entries()) {
      writePosting(postings, index === 0 ? 0 : (ends[index - 1] as number), this.#offsets.get(key) as number[]);
    }
    return {
      log: this.log,
      first_position: String(this.firstPosition),
      last_position: String(this.lastPosition),
      recorded_from: formatTime(this.recordedFrom),
      recorded_to: formatTime(this.recordedTo),
      time_from: formatTime(this.timeFrom),
      time_to: formatTime(this.timeTo),
      prompt_from: this.promptFrom === Number.POSITIVE_INFINITY ? 'infinity' : formatTime(this.promptFrom),
      keys: column('int4', [...keys]),
      ends: column('int4', ends),
      postings,
      lengths: this.lengths,
      ...this.#countParameters(),
    };
  }

  #countParameters(): Readonly<Record<string, Value>> {
    const counts = [...this.#counts.values()];
    return {
      hours: columnOf('timestamptz', counts, (count) => count.hour * hour),
      recorded_days: columnOf('timestamptz', counts, (count) => count.recordedDay * day),
      tiers: columnOf('int2', counts, (count) => count.tier),
      type_ids: columnOf('int4', counts, (count) => count.type_id),
      severities: columnOf('int2', counts, (count) => count.severity),
      tenants: columnOf('text', counts, (count) => count.tenant ?? ''),
      events: columnOf('int8', counts, (count) => count.events),
    };
  }
}
