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
import type { Session } from '../database/database.ts';
import { type TimeRange, wholeNumber } from '../read/criterion.ts';
import type { EventRow, RowReader } from '../read/event-row.ts';
import { decodeQueryCursor, encodeQueryCursor, hashQuery, type QueryKey } from '../read/query-cursor.ts';
import type { Indexer } from '../segment/indexer.ts';
import { timeRangeOf } from './bound.ts';
import { CandidateWalk } from './candidate.ts';
import { conditionOf, judgedConditionOf, unjudgedConditionOf } from './condition.ts';
import { isCovered, planOf, wordsOfFilter } from './plan.ts';
import { compareKeys, countRows, firstOfCount, firstOfRead, keyOf, pageValues, readRows } from './position.ts';
import { readTailRows, tailFilter } from './tail.ts';

/** Positions that are read at once at least: fewer round trips where few of a segment's events are wanted. */
const leastPositions = 256;
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
  /** Events of all pages, where it was asked for. */
  readonly total?: number;
}

export interface SearchOptions {
  /** Whether all matching events are to be counted as well, which looks at each of them. Default false. */
  readonly total?: boolean;
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
export async function searchEvents(
  context: SearchContext,
  criteria: EventSearchCriteria,
  options: SearchOptions = {},
): Promise<SearchPage> {
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
    ...(options.total === true && { total: await countEvents(context, question) }),
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
  const logs = await indexer.heads(session);
  const planning = { registry, lexemes: indexer.lexemes };
  const plan = planOf(question.tree, planning);
  const covered = isCovered(question.tree, planning);
  const condition = covered ? null : conditionOf(question.tree, { registry, first: firstOfRead });
  const walk = new CandidateWalk(session, plan, question.range, logs);
  const found: Found[] = [];
  const filter = tailFilter(question.tree, registry);
  await readPages(context, question, found, (before, limit) =>
    readTailRows(session, logs, { filter, page: pageValues(question, before, limit) }),
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

/** Rows that are read to be counted at once. */
const countedAtOnce = 5000;

/** How many events the question is about, on all its pages. */
async function countEvents(context: SearchContext, question: Question): Promise<number> {
  const { session, registry, indexer, timeout } = context;
  const end = performance.now() + timeout;
  const { tree, tenant } = question;
  const scope = { tenant, range: timeRangeOf(tree) };
  const logs = await indexer.heads(session);
  const matches = matchFilter(tree, { personal: registry.personalOf, tenant });
  const filter = tailFilter(tree, registry);
  let total = await countRead(context, matches, (before) =>
    readTailRows(session, logs, { filter, page: pageValues(scope, before, countedAtOnce) }),
  );
  const plan = planOf(tree, { registry, lexemes: indexer.lexemes });
  const walk = new CandidateWalk(session, plan, scope.range, logs);
  const judged = judgedConditionOf(tree, { registry, first: firstOfCount });
  const unjudged = unjudgedConditionOf(tree, { registry, first: firstOfRead });
  for (;;) {
    const candidates = await walk.next(leastLookedThrough);
    if (candidates.length === 0) return total;
    total += await countRows(session, candidates, tenant, judged);
    if (unjudged !== null) {
      total += await countRead(context, matches, (before) =>
        readRows(session, { ...scope, condition: unjudged }, candidates, before, countedAtOnce),
      );
    }
    if (performance.now() > end) throw tooExpensive(timeout);
  }
}

/** Counts what only this process can judge, page by page. */
async function countRead(
  { session, rows }: SearchContext,
  matches: (event: Event) => boolean,
  read: (before: QueryKey | null) => Promise<EventRow[]>,
): Promise<number> {
  let total = 0;
  for (let before: QueryKey | null = null; ; ) {
    const page = await read(before);
    total += (await rows.toEvents(session, page)).filter(matches).length;
    const last = page.at(-1);
    if (page.length < countedAtOnce || last === undefined) return total;
    before = keyOf(last);
  }
}

export function tooExpensive(timeout: number): TelltaleError {
  return new TelltaleError(
    'QueryTooExpensive',
    `expected an answer within ${timeout} ms (found: none); narrow it by time, event type, device or severity`,
  );
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
