/** The events of one aggregate: a device itself, an app, a job, a user, in order of time. */
import type { Registry } from '../catalogue/registry.ts';
import type { Session } from '../database/database.ts';
import { readStatement } from '../sql-file.ts';
import { rangeOf, refuseArgument, type Time, tenantOf, wholeNumber } from './criterion.ts';
import type { RowReader } from './event-row.ts';
import { type QueryPage, readQueryPage } from './keyset.ts';
import { hashQuery } from './query-cursor.ts';
import { readTimeline } from './timeline.ts';

const unversioned = readStatement('read_aggregate_events');
const versioned = readStatement('read_versioned_events');

export interface AggregateEventsOptions {
  /** Events that happened then or later. */
  readonly since?: Time;
  /** Events of one page, 1 to 10,000. Default 1,000. */
  readonly limit?: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | null;
  /** Events of this tenant alone. Default: of all. */
  readonly tenant?: string | null;
}

/**
 * One page of an aggregate's events, oldest first. A device is an aggregate, too: here it is what the device itself did,
 * as in the older system; what happened on it besides is in its timeline.
 * @throws InvalidArgument, InvalidTimestamp, InvalidCursor
 */
export async function readAggregateEvents(
  session: Session,
  registry: Registry,
  rows: RowReader,
  aggregateType: string,
  aggregateId: string,
  options: AggregateEventsOptions = {},
): Promise<QueryPage> {
  const { since, cursor = null } = options;
  const limit = wholeNumber(options.limit ?? 1000, '/limit', 1, 10_000);
  const tenant = tenantOf(options.tenant);
  if (aggregateType === 'device') {
    const timeline = { limit, cursor, tenant, ...(since !== undefined && { sinceDate: since }) };
    return readTimeline(session, registry, rows, aggregateId, timeline, true);
  }
  if (!registry.isAggregateType(aggregateType)) await registry.refresh(session);
  if (!registry.isAggregateType(aggregateType)) {
    throw refuseArgument('/aggregateType', 'a registered aggregate type', aggregateType);
  }
  if (typeof aggregateId !== 'string' || aggregateId === '') {
    throw refuseArgument('/aggregateId', `the id of the ${aggregateType}`, aggregateId);
  }
  const range = rangeOf(since, null, ['/since', '/until']);
  return readQueryPage(session, rows, {
    hash: hashQuery('aggregate', { aggregateType, aggregateId, ...range, tenant }),
    statement: registry.isVersioned(aggregateType) ? versioned : unversioned,
    values: { aggregate_type: aggregateType, aggregate_id: aggregateId, tenant },
    range,
    order: 'asc',
    limit,
    cursor,
  });
}
