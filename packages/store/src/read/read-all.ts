/** Follows the whole log: every event once, in the order of each log, with gaps named where retention has dropped. */
import { type Event, type Severity, severities, TelltaleError, type Tier, tiers } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Session, Value } from '../database/database.ts';
import { requireUuid } from '../event/envelope.ts';
import { formatTime, postgresEpoch } from '../event/time.ts';
import { readStatement } from '../sql-file.ts';
import { type Cursor, decodeCursor, encodeCursor, type LogCursor } from './cursor.ts';
import type { EventRow, RowReader } from './event-row.ts';
import {
  headCursor,
  type LogPosition,
  type Position,
  placeCursor,
  readableHeads,
  readLogPosition,
} from './position.ts';

const readLog = readStatement('read_log');
const readLast = readStatement('read_last');

/** What to read; everything that is left out is not filtered by. */
export interface EventFilter {
  readonly eventTypes?: readonly string[];
  readonly deviceUuid?: string;
  /** This severity and those above. */
  readonly minSeverity?: Severity;
  readonly tiers?: readonly Tier[];
  readonly tenant?: string;
}

export interface ReadOptions {
  /** Events of one page, at most 10,000. Default 1,000. */
  readonly limit?: number;
  /** A cursor beyond which nothing is read. */
  readonly upTo?: string;
}

/** Events that the reader never got, because retention dropped them before it came. */
export interface Gap {
  readonly log: number;
  readonly tier: Tier;
  /** Everything of the tier up to this position of the log is gone. */
  readonly position: number;
}

export interface EventPage {
  readonly events: Event[];
  /** Where to go on. */
  readonly cursor: string;
  readonly gaps: Gap[];
  /** Whether the page reached the head of every log, or `upTo`. */
  readonly atHead: boolean;
}

/** A column of a filter. Nothing at all is asked for by an empty list, everything by none. */
function listOf<Item>(type: 'int2' | 'int4', items: readonly Item[], numberOf: (item: Item) => number): Value {
  return items.length === 0 ? '{}' : column(type, items.map(numberOf));
}

/** Where a word stands among those there are. @throws InvalidArgument for another. */
function placeOf(words: readonly string[], word: string, pointer: string): number {
  const place = words.indexOf(word);
  if (place >= 0) return place;
  throw new TelltaleError('InvalidArgument', `${pointer}: expected one of ${words.join(', ')} (found: ${word})`, {
    pointer,
    expected: words,
    found: word,
  });
}

/** Events of one page: at least one, at most 10,000. @throws InvalidArgument for what is no whole number. */
export function pageLimit(limit = 1000): number {
  if (!Number.isInteger(limit)) {
    throw new TelltaleError('InvalidArgument', `limit: expected a whole number of events (found: ${String(limit)})`);
  }
  return Math.min(Math.max(limit, 1), 10_000);
}

/** Reads the log page by page for one registry; holds nothing between calls. */
export class LogReader {
  readonly #session: Session;
  readonly #registry: Registry;
  readonly #rows: RowReader;

  constructor(session: Session, registry: Registry, rows: RowReader) {
    this.#session = session;
    this.#registry = registry;
    this.#rows = rows;
  }

  /** @throws InvalidCursor, CursorAhead, UnknownEventType */
  async read(token: string | null, filter: EventFilter = {}, options: ReadOptions = {}): Promise<EventPage> {
    const limit = pageLimit(options.limit);
    await this.#learnTypes(filter.eventTypes ?? []);
    const position = await readLogPosition(this.#session);
    const given = token === null ? [] : decodeCursor(token);
    const cursor = placeCursor(given, position);
    const ends = endsOf(position, options.upTo);
    const heads = new Map(
      [...readableHeads(cursor, position)].map(([log, head]) => [log, Math.min(head, ends.get(log) ?? 0)]),
    );
    const filters = this.#filterValues(filter);
    const pages = await Promise.all(
      cursor.map((entry, index) =>
        this.#readLog(entry, position.logs[index] as LogPosition, heads.get(entry.log) ?? 0, filters, limit),
      ),
    );
    const { next, ...page } = await this.#merge(position, cursor, { heads, ends, limit }, pages);
    return { ...page, cursor: encodeCursor(withoutBegun(next, given, position)), gaps: findGaps(position, given) };
  }

  /** The newest events, oldest first, and the cursor behind the head: reading on from it misses and repeats nothing. */
  async last(count: number, filter: EventFilter = {}): Promise<{ events: Event[]; cursor: string }> {
    const limit = Math.min(count, 10_000);
    await this.#learnTypes(filter.eventTypes ?? []);
    const position = await readLogPosition(this.#session);
    const filters = this.#filterValues(filter);
    const pages = limit < 1 ? [] : await Promise.all(position.logs.map((log) => this.#lastOf(log, filters, limit)));
    const newest = mergePages(pages.map((page) => page.reverse())).slice(-limit);
    return { events: await this.#rows.toEvents(this.#session, newest), cursor: encodeCursor(headCursor(position)) };
  }

  async #lastOf(log: LogPosition, filters: Record<string, Value>, limit: number): Promise<EventRow[]> {
    const values: Record<string, Value> = {
      ...filters,
      log: log.log,
      head: log.position,
      floors: floorsOf(log),
      limit,
    };
    return this.#session.query<EventRow>(
      readLast,
      readLast.parameters.map((name) => values[name] ?? null),
    );
  }

  /** A type that this process does not know may have been registered by another. */
  async #learnTypes(names: readonly string[]): Promise<void> {
    if (names.some((name) => this.#registry.find(name) === undefined)) await this.#registry.refresh(this.#session);
  }

  #filterValues(filter: EventFilter): Record<string, Value> {
    const { tiers: tierNames, eventTypes, deviceUuid, minSeverity, tenant } = filter;
    return {
      tiers: tierNames === undefined ? null : listOf('int2', tierNames, (tier) => placeOf(tiers, tier, '/tiers')),
      type_ids: eventTypes === undefined ? null : listOf('int4', eventTypes, (name) => this.#registry.get(name).id),
      shard_key: deviceUuid === undefined ? null : requireUuid(deviceUuid, '/deviceUuid'),
      severity: minSeverity === undefined ? null : placeOf(severities, minSeverity, '/minSeverity'),
      tenant: tenant ?? null,
    };
  }

  async #readLog(
    entry: LogCursor,
    log: LogPosition,
    head: number,
    filters: Record<string, Value>,
    limit: number,
  ): Promise<EventRow[]> {
    if (head <= entry.position) return [];
    const values: Record<string, Value> = {
      ...filters,
      log: entry.log,
      after: entry.position,
      head,
      since: entry.recordedAt === null ? '-infinity' : formatTime(entry.recordedAt + postgresEpoch),
      floors: floorsOf(log),
      limit,
    };
    return this.#session.query<EventRow>(
      readLog,
      readLog.parameters.map((name) => values[name] ?? null),
    );
  }

  /**
   * Merges the logs' pages by recorded_at. A log whose page was full ends the merge at its last row: another log may
   * have earlier events behind theirs.
   */
  async #merge(
    position: Position,
    cursor: readonly LogCursor[],
    { heads, ends, limit }: Bounds,
    pages: readonly EventRow[][],
  ): Promise<Pick<EventPage, 'events' | 'atHead'> & { readonly next: Cursor }> {
    const merged = mergePages(pages);
    const taken = merged.slice(0, limit);
    const full = merged.length > limit || pages.some((page) => page.length >= limit);
    const next = cursor.map((entry, index) =>
      advance(entry, taken, pages[index] as EventRow[], heads, limit, position),
    );
    const events = await this.#rows.toEvents(this.#session, taken);
    return {
      events,
      next,
      atHead: !full && next.every((entry) => entry.position >= (ends.get(entry.log) ?? 0)),
    };
  }
}

/** How far one page may go. */
interface Bounds {
  /** Where each log may be read to now. */
  readonly heads: ReadonlyMap<number, number>;
  /** Where each log ends for this reader. */
  readonly ends: ReadonlyMap<number, number>;
  readonly limit: number;
}

function endsOf(position: Position, upTo: string | undefined): Map<number, number> {
  if (upTo === undefined) return new Map(position.logs.map((log) => [log.log, log.position]));
  return new Map(decodeCursor(upTo).map((entry) => [entry.log, entry.position]));
}

/** Tier position up to which each tier of the log is dropped. */
function floorsOf(log: LogPosition): Value {
  return column(
    'int8',
    [0, 1, 2, 3].map((tier) => log.floors.find((floor) => floor.tier === tier)?.tier_position ?? 0),
  );
}

/** All rows in order of recorded_at, then log; each page is in order already. */
function mergePages(pages: readonly EventRow[][]): EventRow[] {
  const busy = pages.filter((page) => page.length > 0);
  if (busy.length <= 1) return busy[0] ?? [];
  return busy.flat().sort((one, other) => Number(one.recorded_at) - Number(other.recorded_at) || one.log - other.log);
}

/** Where one log's cursor stands after the page: behind its last row taken, or at the head if all its rows were. */
function advance(
  entry: LogCursor,
  taken: readonly EventRow[],
  page: readonly EventRow[],
  heads: ReadonlyMap<number, number>,
  limit: number,
  position: Position,
): LogCursor {
  const own = taken.filter((row) => row.log === entry.log);
  const head = heads.get(entry.log) ?? 0;
  if (own.length === page.length && page.length < limit) {
    const log = position.logs.find((other) => other.log === entry.log);
    const atEnd = log !== undefined && log.position === head;
    // The ledger knows the time of the head alone; below it the last row's, or the old one, prunes a little less.
    const last = page.at(-1);
    const recordedAt = atEnd
      ? log.recorded_at
      : last === undefined
        ? entry.recordedAt
        : Number(last.recorded_at) - postgresEpoch;
    return head <= entry.position ? entry : { ...entry, position: head, recordedAt };
  }
  const last = own.at(-1);
  if (last === undefined) return entry;
  return { ...entry, position: Number(last.position), recordedAt: Number(last.recorded_at) - postgresEpoch };
}

/**
 * Without the logs that the reader has not come to, and did not bring: it begins there at what is kept by then, whatever
 * was dropped before. At a log that is empty it stands, and misses what is dropped from now on.
 */
function withoutBegun(next: Cursor, given: Cursor, position: Position): Cursor {
  const known = new Set(given.map(({ log }) => log));
  const empty = new Set(position.logs.flatMap((log) => (log.position === 0 ? [log.log] : [])));
  return next.filter((entry) => entry.position > 0 || known.has(entry.log) || empty.has(entry.log));
}

/** The floors that were raised beyond where the reader stood. A reader that begins at nothing misses nothing. */
function findGaps(position: Position, cursor: Cursor): Gap[] {
  return position.logs.flatMap((log) => {
    const entry = cursor.find((other) => other.log === log.log);
    if (entry === undefined) return [];
    return log.floors
      .filter((floor) => floor.position > entry.position)
      .map((floor) => ({ log: log.log, tier: tiers[floor.tier] as Tier, position: floor.position }));
  });
}
