/** Where a reader stands in every log, event by event: each event of a page has a cursor of its own. */
import { parseTime, postgresEpoch } from '../event/time.ts';
import { type Cursor, decodeCursor, encodeCursor, type LogCursor } from './cursor.ts';

/** What of an event moves a reader. */
export interface PassedEvent {
  readonly log: number;
  readonly position: number;
  readonly recorded_at: string;
}

/** Immutable: passing an event makes another one. A token is only made of those that are asked for it. */
export class Bookmark {
  readonly entries: Cursor;
  /** Positions of all logs together: rises with every event that is passed. */
  readonly sum: number;
  #token: string | undefined;

  private constructor(entries: Cursor, sum: number, token?: string) {
    this.entries = entries;
    this.sum = sum;
    this.#token = token;
  }

  static of(entries: Cursor, token?: string): Bookmark {
    let sum = 0;
    for (const entry of entries) sum += entry.position;
    return new Bookmark(entries, sum, token);
  }

  /** @throws InvalidCursor */
  static read(token: string): Bookmark {
    return Bookmark.of(decodeCursor(token), token);
  }

  /** The cursor from which `readAll` reads on. */
  get token(): string {
    this.#token ??= encodeCursor(this.entries);
    return this.#token;
  }

  /** The same place seen from the end of the page that was read from it: with the logs and incarnations of then. */
  enter(end: Bookmark): Bookmark {
    const entries = end.entries.map((entry) => {
      const known = this.#find(entry.log);
      return { ...entry, position: known?.position ?? 0, recordedAt: known?.recordedAt ?? null };
    });
    return new Bookmark(entries, this.sum);
  }

  /** Behind this event. */
  pass({ log, position, recorded_at: recordedAt }: PassedEvent): Bookmark {
    const index = this.entries.findIndex((entry) => entry.log === log);
    const old = this.entries[index];
    if (old === undefined) throw new RangeError(`expected a log of the page (found: ${log})`);
    const entries = this.entries.slice();
    const moved = { ...old, position, recordedAt: parseTime(recordedAt, '/recorded_at') - postgresEpoch };
    entries[index] = moved;
    return new Bookmark(entries, this.sum + position - old.position);
  }

  /**
   * The places between these events, which end here: one before each, so that reading on gives that event and the rest.
   * @param events in order, all of them behind this bookmark.
   */
  before(events: readonly PassedEvent[]): Bookmark[] {
    const places: Bookmark[] = [];
    let entries = this.entries;
    for (const event of events.toReversed()) {
      const { log, position } = event;
      const recordedAt = parseTime(event.recorded_at, '/recorded_at') - postgresEpoch;
      entries = entries.map((entry) => (entry.log === log ? { ...entry, position: position - 1, recordedAt } : entry));
      places.push(Bookmark.of(entries));
    }
    return places.reverse();
  }

  /** Whether everything that the other has passed is passed here too, in the same incarnations. */
  covers(other: Bookmark): boolean {
    return other.entries.every((entry) => {
      const own = this.#find(entry.log);
      return own !== undefined && own.incarnation === entry.incarnation && own.position >= entry.position;
    });
  }

  /** Whether both have passed the same. A log that one does not know is one of which nothing is passed. */
  equals(other: Bookmark): boolean {
    return this.sum === other.sum && this.covers(other);
  }

  #find(log: number): LogCursor | undefined {
    return this.entries.find((entry) => entry.log === log);
  }
}
