/** The timeline of a device: everything that happened on it, its apps and jobs included, in order of time. */
import type { Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Session } from '../database/database.ts';
import { readStatement } from '../sql-file.ts';
import { rangeOf, refuseArgument, type Time, tenantOf, typeIdsOf, uuidOf, wholeNumber } from './criterion.ts';
import type { RowReader } from './event-row.ts';
import { type QueryPage, readQueryPage } from './keyset.ts';
import { hashQuery } from './query-cursor.ts';

const statements = { asc: readStatement('read_timeline'), desc: readStatement('read_timeline_backward') } as const;

export interface TimelineOptions {
  /** Events that happened then or later. */
  readonly sinceDate?: Time;
  /** Events that happened before. */
  readonly untilDate?: Time;
  readonly eventTypes?: readonly string[];
  /**
   * Events of types of which publishers send only a sample. Default true: the timeline is all events, and what is in the
   * log should not go missing unasked.
   */
  readonly includeSampled?: boolean;
  /** Events of one page, 1 to 10,000. Default 100. */
  readonly limit?: number;
  /** Default `asc`: as it happened. */
  readonly order?: 'asc' | 'desc';
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | null;
  /** Events of this tenant alone. Default: of all. */
  readonly tenant?: string | null;
}

/**
 * One page of the timeline, and where the next one begins.
 * @throws InvalidArgument, InvalidTimestamp, UnknownEventType, InvalidCursor
 */
export async function readDeviceTimeline(
  session: Session,
  registry: Registry,
  rows: RowReader,
  deviceUuid: string,
  options: TimelineOptions = {},
): Promise<QueryPage> {
  return readTimeline(session, registry, rows, deviceUuid, options, false);
}

/** `own`: only what the device itself did, not the apps, volumes and jobs on it. */
export async function readTimeline(
  session: Session,
  registry: Registry,
  rows: RowReader,
  deviceUuid: string,
  options: TimelineOptions,
  own: boolean,
): Promise<QueryPage> {
  const device = uuidOf(deviceUuid, '/deviceUuid');
  const range = rangeOf(options.sinceDate, options.untilDate, ['/sinceDate', '/untilDate']);
  const { order = 'asc', includeSampled: sampled = true, cursor = null } = options;
  if (order !== 'asc' && order !== 'desc') throw refuseArgument('/order', 'asc or desc', order);
  if (typeof sampled !== 'boolean') throw refuseArgument('/includeSampled', 'true or false', sampled);
  const limit = wholeNumber(options.limit ?? 100, '/limit', 1, 10_000);
  const tenant = tenantOf(options.tenant);
  const types = await typeIdsOf(session, registry, options.eventTypes);
  return readQueryPage(session, rows, {
    hash: hashQuery('timeline', { device, ...range, types, sampled, tenant, order, own }),
    statement: statements[order],
    values: { shard_key: device, tenant, type_ids: types === null ? null : intList(types), sampled, own },
    range,
    order,
    limit,
    cursor,
  });
}

/** Nothing at all is asked for by an empty list; a column of nothing is sent as its literal. */
function intList(ids: readonly number[]): ReturnType<typeof column> | string {
  return ids.length === 0 ? '{}' : column('int4', ids);
}
