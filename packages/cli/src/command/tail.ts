/** `telltale tail`: the last events, then every new one as it comes. */
import {
  type Event,
  type EventSearchCriteria,
  matchFilter,
  parseFilter,
  type Severity,
  type Tier,
} from '@telltale/catalogue';
import type { AnyEventStore, EventFilter, EventTypeDescription } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { sentenceOf } from '../failure.ts';
import { type FollowOptions, follow } from '../follow.ts';
import { onInterrupt } from '../interrupt.ts';
import { collect, examples, filterText, moment, severityOption, tierOption, uuid, wholeNumber } from '../option.ts';
import { expandNames, isPattern } from '../pattern.ts';
import { lineOf, type Summaries } from '../view/line.ts';
import { printAll, remark } from '../view/output.ts';

interface TailOptions extends DatabaseOptions {
  readonly type?: string[];
  readonly device?: string;
  readonly severity?: Severity;
  readonly tier?: Tier[];
  readonly filter?: string;
  readonly last: number;
  readonly since?: Date;
  readonly follow: boolean;
  readonly json?: boolean;
}

export function tailCommand(): Command {
  return withDatabase(new Command('tail'))
    .description('Show the last events, then every new one as it is recorded.')
    .option('--type <pattern>', 'only these event types; a star stands for anything; may be given again', collect)
    .option('--device <uuid>', 'only what happened on this device', uuid)
    .addOption(severityOption('only this severity and those above'))
    .addOption(tierOption())
    .option('--filter <filter>', 'only what this filter lets pass, beside the options above', filterText)
    .option('-n, --last <number>', 'events before the present to begin with', wholeNumber(0), 10)
    .option('--since <time>', 'begin there instead: a span like 10m, 2h, 3d, or a date', moment)
    .option('--no-follow', 'stop at the present')
    .option('--json', 'one JSON object a line, as recorded')
    .addHelpText(
      'after',
      examples(
        ['telltale tail', 'everything, live'],
        ["telltale tail --type 'job.*' --severity error", 'jobs that go wrong'],
        ['telltale tail --device 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11 --since 2h', 'one device'],
        ["telltale tail --filter 'tag.site:lab data.value>80'", 'the filters of telltale search'],
        ['telltale tail --json --no-follow -n 1000 | jq .event_type', 'for other programs'],
      ),
    )
    .action(async (options: TailOptions) => {
      await withStore(options, (store) => tail(store, options), { connections: 2 });
    });
}

async function tail(store: AnyEventStore, options: TailOptions): Promise<void> {
  const interrupt = onInterrupt();
  const words = new Words(store, options);
  await words.learn();
  const begin = await beginOf(store, options, words);
  const shown = new Set<string>();
  const show = async (events: readonly Event[]): Promise<void> => {
    await printAll(events.map((event) => (options.json ? JSON.stringify(event) : words.line(event))));
  };
  if ('found' in begin) {
    await show(begin.found);
    if (!options.follow) return;
    for (const event of begin.found) shown.add(event.event_id);
  }
  const pages = follow(store, {
    begin,
    filter: () => words.filter(),
    signal: interrupt,
    poll: 200,
    stopAtHead: !options.follow,
    onTrouble: (error) =>
      remark(error === undefined ? 'The database is back.' : `${sentenceOf(error)} Trying again ...`),
    onGap: ({ log, tier, position }) =>
      remark(`Retention has dropped the ${tier} events of log ${log} up to position ${position}.`),
  });
  for await (const page of pages) {
    await show(page.filter((event) => words.passes(event) && !shown.delete(event.event_id)));
  }
}

type Beginning = FollowOptions['begin'] | { readonly cursor: string; readonly found: Event[] };

/**
 * With a filter, the last events are searched for: among the last ten of all, none may pass it. The cursor is taken first,
 * so that nothing falls between the two; what comes twice is shown once.
 */
async function beginOf(store: AnyEventStore, options: TailOptions, words: Words): Promise<Beginning> {
  const { filter, since, last } = options;
  if (since !== undefined) return { since };
  if (filter === undefined) return { last };
  const { cursor } = await store.readLast(0);
  const found = last === 0 ? [] : await store.search({ ...words.criteria(), limit: last });
  return { cursor, found: found.reverse() };
}

/** Milliseconds after which types are asked for again: one registered meanwhile may fit a pattern. */
const forget = 5000;

/** The event types as the database knows them: which fit the patterns, and how each is put in words. */
class Words {
  readonly #store: AnyEventStore;
  readonly #options: TailOptions;
  #names: string[] | undefined;
  #summaries: Summaries = new Map();
  #learnedAt = 0;
  #personal = new Map<string, EventTypeDescription['personal']>();
  readonly passes: (event: Event) => boolean;

  constructor(store: AnyEventStore, options: TailOptions) {
    this.#store = store;
    this.#options = options;
    const tree = parseFilter(options.filter ?? '');
    this.passes = matchFilter(tree, { personal: (type) => this.#personal.get(type) ?? [] });
  }

  async learn(): Promise<void> {
    const types = await this.#store.describeEventTypes();
    this.#learnedAt = performance.now();
    this.#summaries = new Map(types.map((type) => [type.name, type.summary]));
    this.#personal = new Map(types.map((type) => [type.name, type.personal]));
    const patterns = this.#options.type;
    if (patterns !== undefined)
      this.#names = expandNames(
        patterns,
        types.map((type) => type.name),
      );
  }

  async filter(): Promise<EventFilter> {
    const { type, device, severity, tier } = this.#options;
    if (type?.some(isPattern) && performance.now() - this.#learnedAt > forget) await this.learn();
    return {
      ...(this.#names !== undefined && { eventTypes: this.#names }),
      ...(device !== undefined && { deviceUuid: device }),
      ...(severity !== undefined && { minSeverity: severity }),
      ...(tier !== undefined && { tiers: tier }),
    };
  }

  /** The options and the filter as a search has them. */
  criteria(): EventSearchCriteria {
    const { device, severity, tier, filter } = this.#options;
    const terms = [
      ...(severity === undefined ? [] : [`severity>=${severity}`]),
      ...(tier === undefined ? [] : [`tier:${tier.join(',')}`]),
      ...(filter === undefined || filter.trim() === '' ? [] : [`(${filter})`]),
    ];
    return {
      filter: terms.join(' '),
      ...(this.#names !== undefined && { eventTypes: this.#names }),
      ...(device !== undefined && { deviceUuid: device }),
    };
  }

  line(event: Event): string {
    return lineOf(event, this.#summaries, process.stdout.isTTY ? process.stdout.columns : undefined);
  }
}
