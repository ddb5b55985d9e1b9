/** Counts the events on a device by hour, day, week or month of a time zone. */
import type { Registry } from '../catalogue/registry.ts';
import type { Session, Value } from '../database/database.ts';
import { parseTime } from '../event/time.ts';
import { readStatement } from '../sql-file.ts';
import {
  isIndexable,
  recordedSince,
  refuseArgument,
  type Time,
  tenantOf,
  timeValue,
  typeNames,
  uuidOf,
  valuesOf,
} from './criterion.ts';

const countPeriods = readStatement('count_periods');
const countPeriodsOfTenant = readStatement('count_periods_of_tenant');
const listPeriods = readStatement('list_periods');

/** Hours of each period; of a month the fewest. */
const periods = { hour: 1, day: 24, week: 168, month: 672 } as const;

export type Period = keyof typeof periods;

export interface AggregateOptions {
  /** IANA name, such as Europe/Vienna. Default UTC. */
  readonly timeZone?: string;
  /** A row of count 0 for every type of the answer in every period. Default false. At most 10,000 periods, 100,000 rows. */
  readonly emptyPeriods?: boolean;
  /** Events of this tenant alone. Default: of all. */
  readonly tenant?: string | null;
}

export interface PeriodCount {
  /** When the period begins in its time zone; the first may begin before dateFrom, and holds what came after it. */
  readonly period_start: Date;
  readonly event_type: string;
  readonly count: number;
}

const mostPeriods = 10_000;
const mostRows = 100_000;
/** Since then no offset from UTC begins within a quarter of an hour; Newfoundland's did so until 2011. */
const quartersSince = Date.UTC(2015, 0, 1) * 1000;

/**
 * Counts from dateFrom, inclusive, until dateTo, exclusive; by period and type, in this order. Weeks begin on Monday. The
 * hour that comes twice when a clock is put back is two periods.
 * @throws InvalidArgument, InvalidTimestamp
 */
export async function aggregateByPeriod(
  session: Session,
  registry: Registry,
  deviceUuid: string,
  period: Period,
  dateFrom: Time,
  dateTo: Time,
  options: AggregateOptions = {},
): Promise<PeriodCount[]> {
  const device = uuidOf(deviceUuid, '/deviceUuid');
  if (!Object.hasOwn(periods, period)) throw refuseArgument('/period', 'hour, day, week or month', period);
  const zone = timeZoneOf(options.timeZone ?? 'UTC');
  const tenant = tenantOf(options.tenant);
  const from = parseTime(dateFrom, '/dateFrom');
  const to = parseTime(dateTo, '/dateTo') - 1;
  if (to < from - 1) throw refuseArgument('/dateTo', 'a time that is not before dateFrom', dateTo);
  if (options.emptyPeriods === true) checkLength(period, from, to);
  if (to < from) return [];
  const values: Record<string, Value> = {
    shard_key: device,
    unit: period,
    zone,
    step: from >= quartersSince ? '15 minutes' : '1 microsecond',
    tenant,
    recorded_since: recordedSince(from),
    from: timeValue(from, '-infinity'),
    to: timeValue(to, 'infinity'),
  };
  const statement = isIndexable(device, tenant) ? countPeriods : countPeriodsOfTenant;
  const rows = await askInZone<PeriodRow>(session, statement, values, zone);
  const names = await typeNames(session, registry, rows);
  const counted = rows.map((row) => ({ start: Number(row.period_start), type: names(row), count: Number(row.events) }));
  const all = options.emptyPeriods === true ? addEmpty(counted, await readStarts(session, values, zone)) : counted;
  return all
    .sort((one, other) => one.start - other.start || (one.type < other.type ? -1 : 1))
    .map(({ start, type, count }) => ({ period_start: new Date(start / 1000), event_type: type, count }));
}

interface PeriodRow {
  readonly period_start: string;
  readonly type_id: number;
  readonly events: string;
}

interface Counted {
  readonly start: number;
  readonly type: string;
  readonly count: number;
}

async function readStarts(session: Session, values: Record<string, Value>, zone: string): Promise<number[]> {
  const rows = await askInZone<{ period_start: string }>(session, listPeriods, values, zone);
  return rows.map((row) => Number(row.period_start));
}

/** Node and PostgreSQL each bring their own list of zones; PostgreSQL's decides. */
async function askInZone<Row extends object>(
  session: Session,
  statement: typeof listPeriods,
  values: Record<string, Value>,
  zone: string,
): Promise<Row[]> {
  try {
    return await session.query<Row>(statement, valuesOf(statement.parameters, values));
  } catch (error) {
    if ((error as { code?: string }).code !== '22023') throw error;
    throw refuseZone(zone);
  }
}

function addEmpty(counted: readonly Counted[], starts: readonly number[]): Counted[] {
  const types = [...new Set(counted.map((row) => row.type))];
  if (starts.length * types.length > mostRows) {
    throw refuseArgument(
      '/emptyPeriods',
      `at most ${mostRows.toLocaleString('en')} rows`,
      `${starts.length} periods of ${types.length} types; ask for longer periods, a shorter time, or without empty ones`,
    );
  }
  const known = new Set(counted.map((row) => `${row.start} ${row.type}`));
  const empty = starts.flatMap((start) =>
    types.filter((type) => !known.has(`${start} ${type}`)).map((type) => ({ start, type, count: 0 })),
  );
  return [...counted, ...empty];
}

function checkLength(period: Period, from: number, to: number): void {
  const count = Math.ceil((to - from) / (periods[period] * 3_600_000_000));
  if (count <= mostPeriods) return;
  throw refuseArgument(
    '/dateTo',
    `at most ${mostPeriods.toLocaleString('en')} periods with emptyPeriods`,
    `${count} of one ${period}`,
  );
}

/**
 * Names with a slash, and UTC: PostgreSQL reads CET or EST as fixed offsets, and +05:30 with its sign turned round, where
 * other software does not.
 * @throws InvalidArgument
 */
function timeZoneOf(name: unknown): string {
  if (name === 'UTC') return name;
  if (typeof name !== 'string' || !/^[A-Za-z][\w+-]*(\/[\w+-]+)+$/.test(name)) throw refuseZone(name);
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return name;
  } catch {
    throw refuseZone(name);
  }
}

const refuseZone = (name: unknown): Error =>
  refuseArgument('/timeZone', 'UTC or an IANA name like Europe/Vienna', name);
