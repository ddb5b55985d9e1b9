/** What the whole store took in lately, and what it holds: counts by type, severity, tier and day. */
import { type Severity, severities, type Tier, tiers } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import type { Session } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import { readStatement } from '../sql-file.ts';
import { tenantOf, typeNames, valuesOf, wholeNumber } from './criterion.ts';

const readStats = readStatement('read_stats');

export interface StatsOptions {
  /** Events of this tenant alone; then nothing is said of the logs. Default: of all. */
  readonly tenant?: string | null;
}

/** What a tier of a log holds: live = head - floor. */
export interface TierCount {
  readonly log: number;
  readonly retention_tier: Tier;
  readonly head: number;
  readonly floor: number;
  readonly live: number;
}

export interface EventStats {
  /** Events of the UTC days from so many days ago to today, by their timestamp. */
  readonly total_events: number;
  /** The commonest first. */
  readonly by_type: Record<string, number>;
  readonly by_severity: Record<Severity, number>;
  readonly by_tier: Record<Tier, number>;
  /** Every day of the time, oldest first. */
  readonly by_day: { readonly day: string; readonly count: number }[];
  /** Devices on which something happened. */
  readonly active_devices: number;
  /** What is kept, of whatever time; empty for a tenant. */
  readonly logs: TierCount[];
  /** When the oldest event that is kept, and the newest, were recorded; null for a tenant, and when there is none. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

/** Day, tier, type, severity, events. */
type Count = readonly [string, number, number, number, number];

interface StatsRow {
  readonly stats: { readonly counts: readonly Count[]; readonly devices: number; readonly days: readonly string[] };
  readonly logs: readonly (Omit<TierCount, 'retention_tier'> & { readonly tier: number })[] | null;
  readonly oldest: string | null;
  readonly newest: string | null;
}

/**
 * Sums up today and so many UTC days before, up to 3,650, by the server's clock.
 * @throws InvalidArgument
 */
export async function getStats(
  session: Session,
  registry: Registry,
  daysBack = 7,
  options: StatsOptions = {},
): Promise<EventStats> {
  const days = wholeNumber(daysBack, '/daysBack', 1, 3650);
  const tenant = tenantOf(options.tenant);
  const [row] = await session.query<StatsRow>(readStats, valuesOf(readStats.parameters, { days, tenant }));
  const { stats, logs, oldest, newest } = row as StatsRow;
  const names = await typeNames(
    session,
    registry,
    stats.counts.map(([, , type_id]) => ({ type_id })),
  );
  const byType = sumBy(stats.counts, ([, , type_id]) => names({ type_id }));
  const byDay = sumBy(stats.counts, ([day]) => day);
  return {
    total_events: stats.counts.reduce((total, count) => total + count[4], 0),
    by_type: Object.fromEntries([...byType].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1))),
    by_severity: inFull(
      severities,
      sumBy(stats.counts, (count) => severities[count[3]] ?? 'info'),
    ),
    by_tier: inFull(
      tiers,
      sumBy(stats.counts, (count) => tiers[count[1]] ?? 'standard'),
    ),
    by_day: stats.days.map((day) => ({ day, count: byDay.get(day) ?? 0 })),
    active_devices: stats.devices,
    logs: (logs ?? []).map(({ tier, ...log }) => ({ ...log, retention_tier: tiers[tier] ?? 'standard' })),
    oldest: oldest === null ? null : formatTime(Number(oldest)),
    newest: newest === null ? null : formatTime(Number(newest)),
  };
}

function sumBy<Key>(counts: readonly Count[], keyOf: (count: Count) => Key): Map<Key, number> {
  const sums = new Map<Key, number>();
  for (const count of counts) sums.set(keyOf(count), (sums.get(keyOf(count)) ?? 0) + count[4]);
  return sums;
}

/** Every word has its count, be it 0. */
function inFull<Word extends string>(words: readonly Word[], sums: ReadonlyMap<Word, number>): Record<Word, number> {
  return Object.fromEntries(words.map((word) => [word, sums.get(word) ?? 0])) as Record<Word, number>;
}
