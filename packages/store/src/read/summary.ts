/** What a device did lately, in figures: counts by type, when it was last heard of, and its health. */
import { countHealth, type Health, healthOf, severities } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import type { Session, Value } from '../database/database.ts';
import { readStatement } from '../sql-file.ts';
import { isIndexable, tenantOf, typeNames, uuidOf, valuesOf, wholeNumber } from './criterion.ts';

const countTypes = readStatement('count_types');
const countTypesOfTenant = readStatement('count_types_of_tenant');

export interface SummaryOptions {
  /** Events of this tenant alone. Default: of all. */
  readonly tenant?: string | null;
}

export interface DeviceSummary {
  readonly total_events: number;
  readonly event_type_breakdown: Record<string, number>;
  /** Events of severity critical. */
  readonly critical_events: number;
  /** Time of the newest event that is kept, also when it is older than the days asked for; null when there is none. */
  readonly last_activity: Date | null;
  /** 0 to 100: docs/guide/health.md. */
  readonly health_score: number;
  readonly health: Health['parts'];
}

/** Type, severity, events. */
type TypeCount = readonly [number, number, number];

/**
 * Sums up the last days, up to 3,650, by the server's clock.
 * @throws InvalidArgument
 */
export async function getDeviceSummary(
  session: Session,
  registry: Registry,
  deviceUuid: string,
  daysBack = 30,
  options: SummaryOptions = {},
): Promise<DeviceSummary> {
  const device = uuidOf(deviceUuid, '/deviceUuid');
  const tenant = tenantOf(options.tenant);
  const days = wholeNumber(daysBack, '/daysBack', 1, 3650);
  const values: Record<string, Value> = { shard_key: device, days, tenant };
  const statement = isIndexable(device, tenant) ? countTypes : countTypesOfTenant;
  const [row] = await session.query<{ counts: readonly TypeCount[]; last_activity: string | null }>(
    statement,
    valuesOf(statement.parameters, values),
  );
  const counts = row?.counts ?? [];
  const names = await typeNames(
    session,
    registry,
    counts.map(([type_id]) => ({ type_id })),
  );
  const events = counts.map(([type_id, severity, count]) => ({
    eventType: names({ type_id }),
    severity: severities[severity] ?? 'info',
    count,
  }));
  const { score, parts } = healthOf(countHealth(days, events));
  const lastActivity = row?.last_activity ?? null;
  return {
    total_events: sum(events),
    event_type_breakdown: breakDown(events),
    critical_events: sum(events.filter((event) => event.severity === 'critical')),
    last_activity: lastActivity === null ? null : new Date(Number(lastActivity) / 1000),
    health_score: score,
    health: parts,
  };
}

interface Counted {
  readonly eventType: string;
  readonly count: number;
}

const sum = (counts: readonly Counted[]): number => counts.reduce((total, { count }) => total + count, 0);

/** The commonest first. */
function breakDown(counts: readonly Counted[]): Record<string, number> {
  const totals = new Map<string, number>();
  for (const { eventType, count } of counts) totals.set(eventType, (totals.get(eventType) ?? 0) + count);
  return Object.fromEntries([...totals].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1)));
}
