/** `telltale snapshot`: the state of a device at any time. */
import type { AnyEventStore } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { requireDevice } from '../device.ts';
import { examples, momentOption, uuid } from '../option.ts';
import { colours } from '../view/colour.ts';
import { counted } from '../view/number.ts';
import { print, printAll, remark } from '../view/output.ts';
import { stateLines } from '../view/state.ts';

interface SnapshotOptions extends DatabaseOptions {
  readonly at?: Date | string;
  readonly json?: boolean;
}

export function snapshotCommand(): Command {
  return withDatabase(new Command('snapshot'))
    .description('Show the state of a device, now or at any time before.')
    .argument('<device>', 'UUID of the device', uuid)
    .addOption(momentOption('--at', 'the state of that time (default: now)'))
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples(
        ['telltale snapshot 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11', 'now'],
        ['telltale snapshot 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11 --at 2h', 'two hours ago'],
        [
          'telltale snapshot 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11 --at 2026-11-23T10:00:00Z --json | jq .target_state',
          'for other programs',
        ],
      ),
    )
    .action(async (device: string, options: SnapshotOptions) => {
      await withStore(options, (store) => show(store, device, options), { connections: 2 });
    });
}

async function show(store: AnyEventStore, device: string, options: SnapshotOptions): Promise<void> {
  await requireDevice(store, device);
  const snapshot = await store.createSnapshot(device, options.at ?? new Date());
  if (options.json) {
    print(JSON.stringify(snapshot));
    return;
  }
  const { timestamp, event_count: events, state, ignored } = snapshot;
  const nothing = events === 0 ? ['  Nothing had happened on it by then.'] : [];
  await printAll([
    colours.bold(`The state at ${timestamp}, after ${counted(events, 'event')}:`),
    ...nothing,
    ...stateLines(state, '  '),
  ]);
  if (ignored.length > 0) remark(`Not in it, as they came too late: ${counted(ignored.length, 'event')}.`);
}
