/** `telltale summary`: what a device did lately in figures, and how well it is, part by part. */
import type { AnyEventStore, DeviceSummary } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { requireDevice } from '../device.ts';
import { examples, uuid, wholeNumber } from '../option.ts';
import { chartOf } from '../view/chart.ts';
import { colours } from '../view/colour.ts';
import { count, counted } from '../view/number.ts';
import { print, printAll } from '../view/output.ts';
import { tableOf } from '../view/table.ts';

interface SummaryOptions extends DatabaseOptions {
  readonly days: number;
  readonly json?: boolean;
}

export function summaryCommand(): Command {
  return withDatabase(new Command('summary'))
    .description(
      'Show what a device did in the last days: its health score and what it is made of, and counts by type.',
    )
    .argument('<device>', 'UUID of the device', uuid)
    .option('--days <number>', 'days to look back', wholeNumber(1, 3650), 30)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples(
        ['telltale summary 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11', 'the last 30 days'],
        ['telltale summary 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11 --days 1 --json | jq .health_score', 'for monitoring'],
      ),
    )
    .action(async (device: string, options: SummaryOptions) => {
      await withStore(options, (store) => show(store, device, options), { connections: 2 });
    });
}

async function show(store: AnyEventStore, device: string, { days, json }: SummaryOptions): Promise<void> {
  await requireDevice(store, device);
  const summary = await store.getDeviceSummary(device, days);
  if (json) print(JSON.stringify(summary));
  else await printAll(linesOf(summary, days));
}

function linesOf(summary: DeviceSummary, days: number): string[] {
  const { total_events: total, critical_events: critical, last_activity: last, event_type_breakdown: types } = summary;
  const rows = Object.entries(types);
  return [
    colours.bold(`Health ${scoreOf(summary.health_score)} of 100 over ${counted(days, 'day')}`),
    `${counted(total, 'event')}, ${count(critical)} of them critical; last heard of ${last?.toISOString() ?? 'never'}`,
    '',
    ...healthLines(summary.health),
    ...(rows.length === 0 ? [] : ['', ...chartOf('Event type', rows, colours.cyan)]),
  ];
}

function scoreOf(score: number): string {
  const paint = score >= 90 ? colours.green : score >= 60 ? colours.yellow : colours.red;
  return paint(score.toFixed(2));
}

type Parts = DeviceSummary['health'];

/** What each part counts; docs/guide/health.md has the formula. */
const meanings: Record<keyof Parts, string> = {
  critical: 'critical events a day',
  errors: 'errors a day',
  warnings: 'warnings a day',
  outages: 'times offline a day',
  offline: 'offline now (1: yes)',
  open: 'open alerts and degradations',
  jobs: 'share of jobs that failed',
};

function healthLines(parts: Parts): string[] {
  const names = Object.keys(meanings) as (keyof Parts)[];
  const rows = names.map((name) => {
    const { value, penalty, most } = parts[name];
    const taken = penalty === 0 ? '0' : colours.red(`-${penalty.toFixed(2)}`);
    return [meanings[name], String(Number(value.toFixed(2))), taken, String(most)];
  });
  return tableOf(['Part', 'Found', 'Takes', 'At most'], rows, [1, 2, 3]);
}
