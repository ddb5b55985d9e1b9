/** The devices with the most events in the last days. */
import type { Session } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import { valuesOf, wholeNumber } from '../read/criterion.ts';
import { readStatement } from '../sql-file.ts';
import { type AnalyticsOptions, windowValues } from './window.ts';

const statement = readStatement('get_most_active_devices');

export interface MostActiveDevicesOptions extends AnalyticsOptions {
  /** Devices, at most 10,000. Default 10. */
  readonly limit?: number;
}

export interface ActiveDevice {
  readonly device_uuid: string;
  readonly event_count: number;
  /** Events of severity error and critical. */
  readonly error_count: number;
  readonly warning_count: number;
  /** Newest timestamp in these days, six-digit UTC. */
  readonly last_event: string;
}

/**
 * By number of events in the UTC days from `daysBack` (default 7) days ago to today, most first. Exact.
 * @throws InvalidArgument for numbers out of range.
 */
export async function getMostActiveDevices(
  session: Session,
  options: MostActiveDevicesOptions = {},
): Promise<ActiveDevice[]> {
  const values = {
    ...windowValues(options, 7),
    limit: wholeNumber(options.limit ?? 10, '/limit', 1, 10_000),
  };
  const rows = await session.query<ActiveDevice>(statement, valuesOf(statement.parameters, values));
  return rows.map((row) => ({ ...row, last_event: formatTime(Number(row.last_event)) }));
}
