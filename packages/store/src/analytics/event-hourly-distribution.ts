/** How many events there are at each hour of the day. */
import type { Session } from '../database/database.ts';
import { valuesOf } from '../read/criterion.ts';
import { readStatement } from '../sql-file.ts';
import { type AnalyticsOptions, windowValues } from './window.ts';

const statement = readStatement('get_event_hourly_distribution');

export interface HourOfDay {
  /** 0 to 23, UTC. */
  readonly hour_of_day: number;
  /** Mean over the days, to two decimals; an hour without events counts as 0. */
  readonly avg_events: number;
  /** The most that this hour had on one of the days. */
  readonly peak_events: number;
}

/**
 * 24 rows, over the last `daysBack` (default 7) times 24 complete hours. Exact.
 * @throws InvalidArgument for days out of range.
 */
export async function getEventHourlyDistribution(
  session: Session,
  options: AnalyticsOptions = {},
): Promise<HourOfDay[]> {
  return session.query<HourOfDay>(statement, valuesOf(statement.parameters, windowValues(options, 7)));
}
