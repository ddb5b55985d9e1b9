/** The health of one device, day by day. */
import type { Session } from '../database/database.ts';
import { uuidOf, valuesOf } from '../read/criterion.ts';
import { readStatement } from '../sql-file.ts';
import { type AnalyticsOptions, windowValues } from './window.ts';

const statement = readStatement('get_device_health_trends');

export interface HealthOfDay {
  /** UTC day, `2026-11-23`. */
  readonly day: string;
  readonly online_events: number;
  readonly offline_events: number;
  /** Events of severity error and critical. */
  readonly errors: number;
  readonly warnings: number;
  /** 0 to 100, by the day's events alone; docs/guide/health.md has the formula. */
  readonly health_score: number;
}

/**
 * Every UTC day from `daysBack` (default 30) days ago to today, those without events included, the oldest first. Exact.
 * @throws InvalidArgument for what is no uuid and for days out of range.
 */
export async function getDeviceHealthTrends(
  session: Session,
  deviceUuid: string,
  options: AnalyticsOptions = {},
): Promise<HealthOfDay[]> {
  const values = { ...windowValues(options, 30), device_uuid: uuidOf(deviceUuid, '/deviceUuid') };
  return session.query<HealthOfDay>(statement, valuesOf(statement.parameters, values));
}
