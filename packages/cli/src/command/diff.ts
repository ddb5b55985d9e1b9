/** `telltale diff`: what changed on a device between two times, and by which events. */
import type { Event } from '@telltale/catalogue';
import type { AnyEventStore, StateComparison } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { requireDevice } from '../device.ts';
import { examples, momentOption, uuid } from '../option.ts';
import { colours } from '../view/colour.ts';
import { lineOf, type Summaries } from '../view/line.ts';
import { counted } from '../view/number.ts';
import { print, printAll } from '../view/output.ts';
import { valueOf } from '../view/state.ts';
import { fit } from '../view/table.ts';

interface DiffOptions extends DatabaseOptions {
  readonly from: Date | string;
  readonly to?: Date | string;
  readonly json?: boolean;
}

/** Events that are shown of one path; the last ones, which made it what it is. */
const shown = 3;

export function diffCommand(): Command {
  return withDatabase(new Command('diff'))
    .description('Show what changed on a device between two times, and which events changed it.')
    .argument('<device>', 'UUID of the device', uuid)
    .addOption(momentOption('--from', 'the state of then').makeOptionMandatory())
    .addOption(momentOption('--to', 'against that of then (default: now)'))
    .option('--json', 'as JSON, with the ids of all events and both states')
    .addHelpText(
      'after',
      examples(
        ['telltale diff 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11 --from 1d', 'since yesterday'],
        [
          'telltale diff 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11 --from 2026-11-23T10:00Z --to 2026-11-23T10:15Z',
          'a quarter of an hour',
        ],
        [
          "telltale diff 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11 --from 1d --json | jq '.changes[].field'",
          'the paths alone',
        ],
      ),
    )
    .action(async (device: string, options: DiffOptions) => {
      await withStore(options, (store) => diff(store, device, options), { connections: 2 });
    });
}

async function diff(store: AnyEventStore, device: string, options: DiffOptions): Promise<void> {
  await requireDevice(store, device);
  const comparison = await store.compareStates(device, options.from, options.to ?? new Date());
  if (options.json) {
    print(JSON.stringify(comparison));
    return;
  }
  const types = await store.describeEventTypes();
  const summaries: Summaries = new Map(types.map((type) => [type.name, type.summary]));
  const events = await findEvents(store, device, comparison);
  await printAll([headOf(comparison), ...comparison.changes.flatMap((change) => linesOf(change, events, summaries))]);
}

function headOf({ changes, time1_snapshot: from, time2_snapshot: to }: StateComparison): string {
  const what = changes.length === 0 ? 'Nothing changed' : `${counted(changes.length, 'path')} changed`;
  const between = counted(to.event_count - from.event_count, 'event');
  return colours.bold(`${what} from ${from.timestamp} to ${to.timestamp}, in ${between}.`);
}

/** The events that are shown, by id. */
async function findEvents(
  store: AnyEventStore,
  device: string,
  { changes, time1_snapshot: from, time2_snapshot: to }: StateComparison,
): Promise<Map<string, Event>> {
  const wanted = new Set(changes.flatMap((change) => change.events_involved.slice(-shown)));
  const events = new Map<string, Event>();
  if (wanted.size === 0) return events;
  await store.replayEvents(device, from.timestamp, to.timestamp, {
    '*': (event) => {
      if (wanted.has(event.event_id)) events.set(event.event_id, event);
    },
  });
  return events;
}

function linesOf(
  change: StateComparison['changes'][number],
  events: ReadonlyMap<string, Event>,
  summaries: Summaries,
): string[] {
  const { field, old_value: old, new_value: value, events_involved: ids } = change;
  const more = ids.length - shown;
  return [
    '',
    fit(`${colours.bold(field)}  ${colours.red(valueOf(old))} -> ${colours.green(valueOf(value))}`),
    ...(more > 0 ? [colours.dim(`    ${counted(more, 'event')} before, then`)] : []),
    ...ids.slice(-shown).map((id) => {
      const event = events.get(id);
      return `    ${event === undefined ? id : fit(lineOf(event, summaries))}`;
    }),
    ...(ids.length === 0 ? [colours.dim('    by events that retention has dropped')] : []),
  ];
}
