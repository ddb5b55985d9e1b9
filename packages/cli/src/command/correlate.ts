/** `telltale correlate`: what follows an event type, or comes before it, beyond chance. */
import type { AnyEventStore, EventCorrelation } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { usage } from '../failure.ts';
import { examples, wholeNumber } from '../option.ts';
import { expandNames } from '../pattern.ts';
import { colours } from '../view/colour.ts';
import { count } from '../view/number.ts';
import { print, printAll, remark } from '../view/output.ts';
import { tableOf } from '../view/table.ts';

interface CorrelateOptions extends DatabaseOptions {
  readonly days: number;
  readonly minutes: number;
  readonly json?: boolean;
}

export function correlateCommand(): Command {
  return withDatabase(new Command('correlate'))
    .description('Show which event types follow or precede one on the same device, more or less often than by chance.')
    .argument('<event type>')
    .option('--days <number>', 'days to look back', wholeNumber(1, 3650), 7)
    .option('--minutes <number>', 'how far before and behind each event is looked', wholeNumber(1, 720), 30)
    .option('--json', 'as JSON, with all of the evidence')
    .addHelpText(
      'after',
      examples(
        ['telltale correlate device.offline', 'what comes with outages'],
        ['telltale correlate job.failed --days 30 --minutes 5 --json', 'a month, close by'],
      ),
    )
    .action(async (eventType: string, options: CorrelateOptions) => {
      await withStore(options, (store) => show(store, eventType, options), { connections: 2 });
    });
}

async function show(store: AnyEventStore, eventType: string, { days, minutes, json }: CorrelateOptions): Promise<void> {
  const known = (await store.describeEventTypes()).map((type) => type.name);
  const [name = eventType, other] = expandNames([eventType], known);
  if (other !== undefined)
    throw usage(`Correlations are those of one event type; '${eventType}' fits ${name} and others.`);
  const found = await store.getEventCorrelations(name, { daysBack: days, window: minutes * 60 });
  if (json) {
    print(JSON.stringify(found));
    return;
  }
  if (found.length > 0) await printAll(tableOf(heads, found.map(rowOf), [2, 3, 4, 5, 6]).map((line) => line.trimEnd()));
  else remark('Nothing beyond chance; it takes some 15 cases on 3 devices, and two days of events to compare with.');
}

const heads = ['Event type', 'Direction', 'Strength', 'Mean lag', 'Found', 'By chance', 'Devices', 'Explained by'];

function rowOf(row: EventCorrelation): string[] {
  const { correlation_strength: strength, avg_time_between_seconds: lag } = row;
  const paint = row.explanation === null ? (strength > 0 ? colours.green : colours.red) : colours.dim;
  return [
    colours.cyan(row.correlated_event_type),
    row.direction,
    paint(strength.toFixed(2)),
    lag === null ? '-' : `${Number(lag.toFixed(1))} s`,
    `${count(row.support)} of ${count(row.anchors)}`,
    row.expected.toFixed(1),
    count(row.devices),
    row.explanation ?? '',
  ];
}
