/** `telltale timeline`: everything that happened on a device, in order. */
import type { AnyEventStore } from '@telltale/store';
import { Command, Option } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { requireDevice } from '../device.ts';
import { collect, examples, momentOption, refuseInverted, uuid, wholeNumber } from '../option.ts';
import { expandNames } from '../pattern.ts';
import { printAll, remark } from '../view/output.ts';
import { readWording } from '../wording.ts';

interface TimelineOptions extends DatabaseOptions {
  readonly since?: Date | string;
  readonly until?: Date | string;
  readonly types?: string[];
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly json?: boolean;
}

export function timelineCommand(): Command {
  return withDatabase(new Command('timeline'))
    .description('Show everything that happened on a device, its apps and jobs included.')
    .argument('<device>', 'UUID of the device', uuid)
    .addOption(momentOption('--since', 'what happened then or later'))
    .addOption(momentOption('--until', 'what happened before'))
    .option('--types <pattern>', 'only these event types; a star stands for anything; may be given again', collect)
    .addOption(
      new Option('--order <order>', 'newest first, or as it happened').choices(['desc', 'asc']).default('desc'),
    )
    .option('-n, --limit <number>', 'events at most', wholeNumber(1, 10_000), 50)
    .option('--json', 'one JSON object a line, as recorded')
    .addHelpText(
      'after',
      examples(
        ['telltale timeline 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11', 'the last 50 events'],
        ['telltale timeline 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11 --since 2h --order asc', 'two hours, as they went'],
        ["telltale timeline 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11 --types 'job.*'", 'its jobs'],
      ),
    )
    .action(async (device: string, options: TimelineOptions) => {
      refuseInverted(options);
      await withStore(options, (store) => show(store, device, options), { connections: 2 });
    });
}

async function show(store: AnyEventStore, device: string, options: TimelineOptions): Promise<void> {
  await requireDevice(store, device);
  const { since, until, types, order, limit } = options;
  const known = types === undefined ? [] : (await store.describeEventTypes()).map((type) => type.name);
  const { events, nextCursor } = await store.deviceTimelinePage(device, {
    order,
    limit,
    ...(since !== undefined && { sinceDate: since }),
    ...(until !== undefined && { untilDate: until }),
    ...(types !== undefined && { eventTypes: expandNames(types, known) }),
  });
  const line = options.json ? JSON.stringify : await readWording(store);
  await printAll(events.map((event) => line(event)));
  if (events.length === 0) remark('Nothing of it happened in this time.');
  if (nextCursor !== null) remark('There is more: raise --limit, or narrow it with --since, --until or --types.');
}
