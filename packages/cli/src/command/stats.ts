/** `telltale stats`: what the whole store took in lately. */
import { severities } from '@telltale/catalogue';
import type { ActiveDevice, AnyEventStore, EventStats, HourOfDay } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { examples, wholeNumber } from '../option.ts';
import { barOf, chartOf } from '../view/chart.ts';
import { colours } from '../view/colour.ts';
import { paintSeverity } from '../view/line.ts';
import { count, counted } from '../view/number.ts';
import { print, printAll } from '../view/output.ts';
import { tableOf } from '../view/table.ts';

interface StatsOptions extends DatabaseOptions {
  readonly days: number;
  readonly json?: boolean;
}

const mostDevices = 5;
const barWidth = 20;

export function statsCommand(): Command {
  return withDatabase(new Command('stats'))
    .description(
      'Show what was recorded in the last days: by type, severity, tier, day and hour, and the busiest devices.',
    )
    .option('--days <number>', 'UTC days before today', wholeNumber(1, 3650), 7)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples(
        ['telltale stats', 'the last week'],
        ['telltale stats --days 30 --json | jq .by_type', 'a month, for other programs'],
      ),
    )
    .action(async (options: StatsOptions) => {
      await withStore(options, (store) => show(store, options), { connections: 2 });
    });
}

async function show(store: AnyEventStore, { days, json }: StatsOptions): Promise<void> {
  const stats = await store.getStats(days);
  const devices = await store.getMostActiveDevices({ daysBack: days, limit: mostDevices });
  const hours = await store.getEventHourlyDistribution({ daysBack: days });
  if (json) {
    print(JSON.stringify({ ...stats, most_active_devices: devices, hours }));
    return;
  }
  await printAll([headOf(stats, days), ...countLines(stats), ...deviceLines(devices), ...hourLines(hours)]);
}

function headOf({ total_events: total, active_devices: devices, logs }: EventStats, days: number): string {
  const kept = logs.reduce((sum, { live }) => sum + live, 0);
  const since = `Today and ${counted(days, 'day')} before`;
  return colours.bold(
    `${since}: ${counted(total, 'event')} on ${counted(devices, 'device')}; ${count(kept)} kept in all.`,
  );
}

function countLines(stats: EventStats): string[] {
  const gravest = [...severities]
    .reverse()
    .map((name) => [paintSeverity(name, name), stats.by_severity[name]] as const);
  return [
    '',
    ...chartOf('Event type', Object.entries(stats.by_type), colours.cyan),
    '',
    ...chartOf('Severity', gravest),
    '',
    ...chartOf('Tier', Object.entries(stats.by_tier)),
    '',
    // Newest first: of a year, the last two weeks are shown.
    ...chartOf('Day (UTC)', stats.by_day.map(({ day, count: events }) => [day, events] as const).reverse()),
  ];
}

function deviceLines(devices: readonly ActiveDevice[]): string[] {
  if (devices.length === 0) return [];
  const rows = devices.map((device) => [
    device.device_uuid,
    count(device.event_count),
    count(device.error_count),
    count(device.warning_count),
    device.last_event,
  ]);
  return ['', ...tableOf(['Most active device', 'Events', 'Errors', 'Warnings', 'Last event'], rows, [1, 2, 3])];
}

/** All hours, an event or none: where nothing happens is what such a chart is looked at for. */
function hourLines(hours: readonly HourOfDay[]): string[] {
  const largest = Math.max(...hours.map((hour) => hour.avg_events));
  if (largest === 0) return ['', 'Hours of the day: nothing yet in an hour that is complete.'];
  const rows = hours.map(({ hour_of_day: hour, avg_events: mean, peak_events: peak }) => [
    `${String(hour).padStart(2, '0')}:00`,
    mean.toFixed(1),
    count(peak),
    barOf(mean, largest, barWidth),
  ]);
  return ['', ...tableOf(['Hour (UTC)', 'Mean', 'Peak', ''], rows, [1, 2]).map((line) => line.trimEnd())];
}
