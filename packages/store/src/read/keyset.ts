/** Reads one page in the order (timestamp, log, position), forward or backward, behind the key of a query's cursor. */
import type { Event } from '@telltale/catalogue';
import type { Session, Value } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import type { Statement } from '../sql-file.ts';
import { recordedSince, type TimeRange, timeValue, valuesOf } from './criterion.ts';
import type { EventRow, RowReader } from './event-row.ts';
import { decodeQueryCursor, encodeQueryCursor, type QueryKey } from './query-cursor.ts';

export interface EventQuery {
  /** Of the criteria, limit and cursor aside: what a cursor is bound to. */
  readonly hash: string;
  readonly statement: Statement;
  /** Parameters that are the statement's own. */
  readonly values: Readonly<Record<string, Value>>;
  readonly range: TimeRange;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly cursor: string | null;
}

/** A page of a query. */
export interface QueryPage {
  readonly events: Event[];
  /** Goes into the next call, with the same criteria; null at the end. */
  readonly nextCursor: string | null;
}

/** Before every event, and behind every event; log is a smallint, so 32,768 is behind all. */
const beginning: Record<string, Value> = { key_time: '-infinity', log: -1, position: '-1' };
const end: Record<string, Value> = { key_time: 'infinity', log: 32_768, position: '9223372036854775807' };

/** @throws InvalidCursor */
export async function readQueryPage(session: Session, rows: RowReader, query: EventQuery): Promise<QueryPage> {
  const { statement, limit, order } = query;
  const key = query.cursor === null ? null : decodeQueryCursor(query.hash, query.cursor);
  const range = key === null ? query.range : narrow(query.range, key, order);
  const values: Record<string, Value> = {
    ...query.values,
    ...(order === 'asc' ? beginning : end),
    ...(key !== null && { key_time: formatTime(key.timestamp), log: key.log, position: String(key.position) }),
    recorded_since: recordedSince(range.from),
    from: timeValue(range.from, '-infinity'),
    to: timeValue(range.to, 'infinity'),
    limit: limit + 1,
  };
  const found = await session.query<EventRow>(statement, valuesOf(statement.parameters, values));
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    events: await rows.toEvents(session, page),
    nextCursor: found.length > limit && last !== undefined ? encodeQueryCursor(query.hash, keyOf(last)) : null,
  };
}

const keyOf = (row: EventRow): QueryKey => ({
  timestamp: Number(row.timestamp),
  log: row.log,
  position: Number(row.position),
});

/** What is left of the time behind the key: the index begins there, and earlier partitions are pruned. */
function narrow(range: TimeRange, key: QueryKey, order: 'asc' | 'desc'): TimeRange {
  if (order === 'asc') return { ...range, from: Math.max(range.from ?? key.timestamp, key.timestamp) };
  return { ...range, to: Math.min(range.to ?? key.timestamp, key.timestamp) };
}
