/** `telltale chain`: what an event followed from, and all that followed from it, as a tree. */
import type { Event } from '@telltale/catalogue';
import type { AnyEventStore, ChainNode, EventChain, MissingEvent } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { CommandFailure } from '../failure.ts';
import { examples, uuid, wholeNumber } from '../option.ts';
import { colours } from '../view/colour.ts';
import { print, printAll, remark } from '../view/output.ts';
import { fit } from '../view/table.ts';
import { readWording } from '../wording.ts';

interface ChainOptions extends DatabaseOptions {
  readonly limit: number;
  readonly json?: boolean;
}

export function chainCommand(): Command {
  return withDatabase(new Command('chain'))
    .description('Show what an event followed from, up to the first cause, and everything that followed from it.')
    .argument('<event>', 'event_id of the event', uuid)
    .option('-n, --limit <number>', 'events at most', wholeNumber(1, 10_000), 1000)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples(
        ['telltale chain 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11', 'causes above, effects below'],
        ['telltale chain $(telltale search type:job.failed -n 1 --json | jq -r .event_id)', 'of the last failed job'],
      ),
    )
    .action(async (event: string, options: ChainOptions) => {
      await withStore(options, (store) => show(store, event, options), { connections: 2 });
    });
}

async function show(store: AnyEventStore, id: string, { limit, json }: ChainOptions): Promise<void> {
  const chain = await store.getEventChain(id, { limit });
  const asked = chain.nodes.find((node) => node.event_id === id);
  if (asked?.event == null && chain.nodes.length <= 1) throw notThere(id, asked?.missing?.reason);
  if (json) {
    print(JSON.stringify(chain));
    return;
  }
  await printAll(treeOf(chain, await readWording(store)));
  if (chain.truncated) remark('There is more: raise --limit.');
}

const reasons: Record<MissingEvent['reason'], string> = {
  expired: 'retention has dropped it',
  other_tenant: 'it belongs to another tenant',
  not_recorded: 'it was never recorded',
};

function notThere(id: string, reason: MissingEvent['reason'] = 'not_recorded'): CommandFailure {
  return new CommandFailure(`There is no event ${id} (${reasons[reason]}); check the event_id.`);
}

/** One line an event; the one that was asked for is marked. */
function treeOf({ event_id: asked, nodes }: EventChain, line: (event: Event) => string): string[] {
  return nodes.map((node) => {
    const mark = node.event_id === asked ? colours.bold('>') : ' ';
    const branch = node.depth === 0 ? '' : `${'   '.repeat(node.depth - 1)}└─ `;
    return fit(`${mark} ${colours.dim(branch)}${node.event === null ? missingOf(node) : line(node.event)}`);
  });
}

function missingOf({ event_id: id, missing }: ChainNode): string {
  return colours.dim(`(${id}: ${reasons[missing?.reason ?? 'not_recorded']})`);
}
