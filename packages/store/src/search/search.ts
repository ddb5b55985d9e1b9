/** Searches all events by criteria, newest first: candidates from the segments, each looked at again when it is read. */
import {
  type Event,
  type EventSearchCriteria,
  type Filter,
  filterOf,
  matchFilter,
  TelltaleError,
} from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Session, Value } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import { type TimeRange, timeValue, valuesOf, wholeNumber } from '../read/criterion.ts';
import type { EventRow, RowReader } from '../read/event-row.ts';
import { decodeQueryCursor, encodeQueryCursor, hashQuery, type QueryKey } from '../read/query-cursor.ts';
import type { IndexedLog, Indexer } from '../segment/indexer.ts';
import { readStatement } from '../sql-file.ts';
import { timeRangeOf } from './bound.ts';
import { type Candidate, CandidateWalk } from './candidate.ts';
import { type Condition, conditionOf } from './condition.ts';
import { isCovered, planOf, wordsOfFilter } from './plan.ts';
import { columnBounds, readTailRows } from './tail.ts';

const readPositions = readStatement('read_positions');

/** Positions that are read at once at least: fewer round trips where few of a segment's events are wanted. */
const leastPositions = 64;
/** The same where PostgreSQL looks through them: a few segments. */
const leastLookedThrough = 4096;

export interface SearchContext {
  readonly session: Session;
  readonly registry: Registry;
  readonly rows: RowReader;
  readonly indexer: Indexer;
  /** Milliseconds after which a search is given up. */
  readonly timeout: number;
}

export interface SearchPage {
  /** Newest first. */
  readonly events: Event[];
  /** Goes into the next call, with the same criteria; null at the end. */
  readonly nextCursor: string | null;
}

/** An event with its place in the order. */
interface Found {
  readonly key: QueryKey;
  readonly event: Event;
}

/** What is looked for. */
export interface Question {
  readonly tree: Filter;
  readonly tenant: string | null;
  readonly range: TimeRange;
  /** Only what comes behind it. */
  readonly before: QueryKey | null;
  readonly limit: number;
}

/**
 * One page of the events that all criteria hold for.
 * @throws InvalidArgument, InvalidTimestamp, InvalidFilter, UnknownEventType, InvalidCursor, QueryTooExpensive
 */
export async function searchEvents(context: SearchContext, criteria: EventSearchCriteria): Promise<SearchPage> {
  const limit = wholeNumber(criteria.limit ?? 100, '/limit', 1, 10_000);
  const offset = wholeNumber(criteria.offset ?? 0, '/offset', 0, 100_000);
  const tree = await readTree(context, criteria);
  const hash = hashQuery('search', { tree: JSON.stringify(withoutSpans(tree)) });
  const before = criteria.cursor == null ? null : decodeQueryCursor(hash, criteria.cursor);
  const range = narrow(timeRangeOf(tree), before);
  const question = { tree, tenant: criteria.tenant ?? null, range, before, limit: offset + limit + 1 };
  const found = await findEvents(context, question);
  const page = found.slice(offset, offset + limit);
  const last = page.at(-1);
  return {
    events: page.map(({ event }) => event),
    nextCursor: found.length > offset + limit && last !== undefined ? encodeQueryCursor(hash, last.key) : null,
  };
}

/** The tree of the criteria; names of types that nobody registered are refused. */
async function readTree({ session, registry }: SearchContext, criteria: EventSearchCriteria): Promise<Filter> {
  const tree = filterOf(criteria);
  const names = criteria.eventTypes ?? [];
  if (names.some((name) => registry.find(name) === undefined)) await registry.refresh(session);
  for (const name of names) registry.get(name);
  return tree;
}

/** Cursors are bound to what is asked, not to how it was spelled. */
function withoutSpans(tree: Filter): unknown {
  return JSON.parse(JSON.stringify(tree, (name, value: unknown) => (name === 'span' ? undefined : value)));
}

function narrow(range: TimeRange, before: QueryKey | null): TimeRange {
  if (before === null) return range;
  return { ...range, to: Math.min(range.to ?? before.timestamp, before.timestamp) };
}

/** The newest events of the question, newest first. */
async function findEvents(context: SearchContext, question: Question): Promise<Found[]> {
  const { session, registry, indexer, timeout } = context;
  const end = performance.now() + timeout;
  await indexer.lexemes.learn(session, wordsOfFilter(question.tree));
  const logs = await readLogs(indexer);
  const planning = { registry, lexemes: indexer.lexemes };
  const plan = planOf(question.tree, planning);
  const first = readPositions.parameters.length + 1;
  const condition = isCovered(question.tree, planning) ? null : conditionOf(question.tree, { registry, first });
  const starts = new Map(logs.map(({ log, indexed }) => [log, indexed + 1]));
  const walk = new CandidateWalk(session, plan, question.range, { heads: new Map(), segments: [], starts });
  const found: Found[] = [];
  const bounds = columnBounds(question.tree, registry);
  await readPages(context, question, found, (before, limit) =>
    readTailRows(session, logs, { bounds, page: pageValues(question, before, limit) }),
  );
  for (;;) {
    const least = condition === null ? leastPositions : leastLookedThrough;
    const candidates = await walk.next(Math.max(least, question.limit));
    if (candidates.length === 0) break;
    await readPages(context, question, found, (before, limit) =>
      readRows(session, { ...question, condition }, candidates, before, limit),
    );
    const last = found[question.limit - 1];
    if (last !== undefined && last.key.timestamp > (await walk.newestLeft())) break;
    if (performance.now() > end) throw tooExpensive(timeout);
  }
  return found.slice(0, question.limit);
}

export function tooExpensive(timeout: number): TelltaleError {
  return new TelltaleError(
    'QueryTooExpensive',
    `expected an answer within ${timeout} ms (found: none); narrow it by time, event type, device or severity`,
  );
}

/** Positions without a segment from which on it is quicker to index them first. */
const farBehind = 20_000;

async function readLogs(indexer: Indexer): Promise<IndexedLog[]> {
  const logs = await indexer.heads();
  const behind = logs.reduce((sum, log) => sum + log.head - log.indexed, 0);
  if (behind < farBehind) return logs;
  await indexer.work();
  return indexer.heads();
}

/** Reads rows page by page, newest first, and puts those that match among what was found, until no older one can matter. */
async function readPages(
  context: SearchContext,
  question: Question,
  found: Found[],
  read: (before: QueryKey | null, limit: number) => Promise<EventRow[]>,
): Promise<void> {
  const matches = matchFilter(question.tree, { personal: context.registry.personalOf, tenant: question.tenant });
  const limit = question.limit + 8;
  for (let before = question.before; ; ) {
    const rows = await read(before, limit);
    const events = await context.rows.toEvents(context.session, rows);
    for (const [index, event] of events.entries()) {
      if (matches(event)) found.push({ key: keyOf(rows[index] as EventRow), event });
    }
    found.sort((one, other) => compareKeys(other.key, one.key));
    const last = rows.at(-1);
    if (rows.length < limit || last === undefined) return;
    before = keyOf(last);
    const enough = found[question.limit - 1];
    if (enough !== undefined && compareKeys(before, enough.key) <= 0) return;
  }
}

/** Events at single positions, by log and position; what retention has dropped is missing. */
export async function readPlaces(
  { session, rows }: SearchContext,
  places: readonly { readonly candidate: Candidate; readonly offset: number }[],
): Promise<Map<string, Event>> {
  const offsets = new Map<Candidate, number[]>();
  for (const { candidate, offset } of places) {
    const own = offsets.get(candidate);
    if (own === undefined) offsets.set(candidate, [offset]);
    else own.push(offset);
  }
  const candidates = [...offsets].map(([candidate, own]) => ({ ...candidate, offsets: own }));
  const everything = { range: { from: null, to: null }, tenant: null, condition: null };
  const found = await readRows(session, everything, candidates, null, places.length);
  const events = await rows.toEvents(session, found);
  return new Map(events.map((event) => [`${event.log} ${event.position}`, event]));
}

async function readRows(
  session: Session,
  question: Pick<Question, 'range' | 'tenant'> & { readonly condition: Condition | null },
  candidates: readonly Candidate[],
  before: QueryKey | null,
  limit: number,
): Promise<EventRow[]> {
  const owners = candidates.flatMap(({ offsets }, index) => offsets.map(() => index + 1));
  const positions = candidates.flatMap(({ firstPosition, offsets }) => offsets.map((offset) => firstPosition + offset));
  const values: Record<string, Value> = {
    owners: column('int4', owners),
    positions: column('int8', positions),
    logs: column(
      'int2',
      candidates.map(({ log }) => log),
    ),
    recorded_from: column(
      'timestamptz',
      candidates.map(({ recordedFrom }) => recordedFrom),
    ),
    recorded_to: column(
      'timestamptz',
      candidates.map(({ recordedTo }) => recordedTo),
    ),
    ...pageValues(question, before, limit),
  };
  const asked = valuesOf(readPositions.parameters, values);
  const { condition } = question;
  if (condition === null) return session.query<EventRow>(readPositions, asked);
  const text = readPositions.text.replace('and true', () => `and ${condition.text}`);
  return session.query<EventRow>({ text }, [...asked, ...condition.values]);
}

function pageValues(
  { range, tenant }: Pick<Question, 'range' | 'tenant'>,
  before: QueryKey | null,
  limit: number,
): Record<string, Value> {
  return {
    before_time: before === null ? 'infinity' : formatTime(before.timestamp),
    before_log: before?.log ?? 32_768,
    before_position: before === null ? '9223372036854775807' : String(before.position),
    from: timeValue(range.from, '-infinity'),
    to: timeValue(range.to, 'infinity'),
    tenant,
    limit,
  };
}

const keyOf = (row: EventRow): QueryKey => ({
  timestamp: Number(row.timestamp),
  log: row.log,
  position: Number(row.position),
});

function compareKeys(one: QueryKey, other: QueryKey): number {
  return one.timestamp - other.timestamp || one.log - other.log || one.position - other.position;
}
