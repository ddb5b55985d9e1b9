/** A segment in memory: the newest positions of a log, until there are enough of them to be stored. */
import { column } from '../database/column.ts';
import type { Value } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import { EventCounts } from './event-count.ts';
import { isLate, type KeyedEvents } from './keyed-event.ts';
import { type Bitmap, emptyBitmap, postingBytes, segmentSize, setBit, writePosting } from './posting.ts';
import { PostingTable } from './posting-table.ts';

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
  readonly #postings = new PostingTable();
  readonly #counts = new EventCounts();

  constructor(log: number, firstPosition: number) {
    this.log = log;
    this.firstPosition = firstPosition;
    this.lastPosition = firstPosition + segmentSize - 1;
  }

  /** Adds one of the events; they come in order of position. */
  add(events: KeyedEvents, index: number): void {
    const offset = (events.positions[index] as number) - this.firstPosition;
    const end = events.ends[index] as number;
    for (let at = index === 0 ? 0 : (events.ends[index - 1] as number); at < end; at++) {
      this.#postings.add(events.keys[at] as number, offset);
    }
    this.lengths[offset] = events.lengths[index] as number;
    const [time, recorded] = [events.timestamps[index] as number, events.recordedAt[index] as number];
    this.timeFrom = Math.min(this.timeFrom, time);
    this.timeTo = Math.max(this.timeTo, time);
    if (!isLate(time, recorded)) this.promptFrom = Math.min(this.promptFrom, time);
    this.recordedFrom = Math.min(this.recordedFrom, recorded);
    this.recordedTo = Math.max(this.recordedTo, recorded);
    this.#counts.add(events, index);
  }

  /** Which positions have the key; undefined for none. */
  postingOf(key: number): Bitmap | undefined {
    const offsets = this.#postings.offsetsOf(key);
    if (offsets.length === 0) return undefined;
    const bitmap = emptyBitmap();
    for (const offset of offsets) setBit(bitmap, offset);
    return bitmap;
  }

  /** The parameters of store_segment.sql. */
  toParameters(): Readonly<Record<string, Value>> {
    const keys = [...this.#postings.keys()];
    const ends: number[] = [];
    let bytes = 0;
    for (const key of keys) ends.push((bytes += postingBytes(this.#postings.countOf(key))));
    const postings = Buffer.alloc(bytes);
    for (const [index, key] of keys.entries()) {
      writePosting(postings, index === 0 ? 0 : (ends[index - 1] as number), this.#postings.offsetsOf(key));
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
      keys: column('int4', keys),
      ends: column('int4', ends),
      postings,
      lengths: this.lengths,
      ...this.#counts.toParameters(),
    };
  }
}
