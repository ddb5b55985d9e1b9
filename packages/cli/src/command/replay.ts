/** `telltale replay`: what happened on a device in a window of time, and the state that it ended in. */
import type { AnyEventStore, Replay } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { requireDevice } from '../device.ts';
import { onInterrupt } from '../interrupt.ts';
import { examples, momentOption, uuid } from '../option.ts';
import { colours } from '../view/colour.ts';
import { lineOf, type Summaries } from '../view/line.ts';
import { printAll } from '../view/output.ts';
import { stateLines } from '../view/state.ts';

interface ReplayOptions extends DatabaseOptions {
  readonly from: Date | string;
  readonly to?: Date | string;
  readonly json?: boolean;
}

export function replayCommand(): Command {
  return withDatabase(new Command('replay'))
    .description('Show what happened on a device from one time to another, and the state that it ended in.')
    .argument('<device>', 'UUID of the device', uuid)
    .addOption(momentOption('--from', 'begin there').makeOptionMandatory())
    .addOption(momentOption('--to', 'end there (default: now)'))
    .option('--json', 'one JSON object a line: the events as recorded, then {events_replayed, final_state}')
    .addHelpText(
      'after',
      examples(
        ['telltale replay 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11 --from 2h', 'the last two hours'],
        [
          'telltale replay 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11 --from 2026-11-23T10:00Z --to 2026-11-23T10:15Z',
          'a quarter of an hour',
        ],
        [
          'telltale replay 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11 --from 1d --json | jq .event_type',
          'for other programs',
        ],
      ),
    )
    .action(async (device: string, options: ReplayOptions) => {
      await withStore(options, (store) => replay(store, device, options), { connections: 2 });
    });
}

async function replay(store: AnyEventStore, device: string, options: ReplayOptions): Promise<void> {
  await requireDevice(store, device);
  const interrupt = onInterrupt();
  const types = await store.describeEventTypes();
  const summaries: Summaries = new Map(types.map((type) => [type.name, type.summary]));
  const columns = process.stdout.isTTY ? process.stdout.columns : undefined;
  const to = options.to ?? new Date();
  const result = await store.replayEvents(device, options.from, to, {
    '*': async (event) => {
      if (interrupt.aborted) return;
      await printAll([options.json ? JSON.stringify(event) : lineOf(event, summaries, columns)]);
    },
  });
  await printAll(options.json ? [jsonEnd(result)] : end(result, to));
}

const jsonEnd = ({ events_replayed, final_state }: Replay): string => JSON.stringify({ events_replayed, final_state });

function end({ events_replayed: events, final_state: state }: Replay, to: Date | string): string[] {
  const at = typeof to === 'string' ? to : to.toISOString();
  return [
    ...(events === 0 ? ['Nothing happened in this time.'] : []),
    '',
    colours.bold(`The state at ${at}:`),
    ...stateLines(state, '  '),
  ];
}
