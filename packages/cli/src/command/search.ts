/** `telltale search`: events by a filter, newest first, or by their words, best first. */
import { type EventSearchCriteria, filterOf, printFilter } from '@telltale/catalogue';
import type { AnyEventStore, FoundText } from '@telltale/store';
import { Command } from 'commander';
import { type DatabaseOptions, withDatabase, withStore } from '../connection.ts';
import { usage } from '../failure.ts';
import { programName } from '../invocation.ts';
import { examples, filterText, momentOption, refuseInverted, uuid, wholeNumber } from '../option.ts';
import { colours } from '../view/colour.ts';
import { count } from '../view/number.ts';
import { printAll, remark } from '../view/output.ts';
import { readWording } from '../wording.ts';

interface SearchOptions extends DatabaseOptions {
  readonly text?: string;
  readonly device?: string;
  readonly since?: Date | string;
  readonly until?: Date | string;
  readonly limit: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

export function searchCommand(): Command {
  return withDatabase(new Command('search'))
    .description('Find events by a filter, newest first; or with --text by their words, best first.')
    .argument(
      '[filter]',
      'such as "type:device.* severity>=error data.value>80"; one that begins with - goes behind --',
      filterText,
    )
    .option('--text <query>', 'ranked full text instead: words, "phrases", OR, -not')
    .option('--device <uuid>', 'only what happened on this device', uuid)
    .addOption(momentOption('--since', 'what happened then or later'))
    .addOption(momentOption('--until', 'what happened before'))
    .option('-n, --limit <number>', 'events of one page; with --text 1,000 at most', wholeNumber(1, 10_000), 50)
    .option('--cursor <cursor>', 'the next page, as the page before printed it')
    .option('--json', 'one JSON object a line, as recorded; with --text also rank and snippet')
    .addHelpText(
      'after',
      examples(
        ["telltale search 'type:*.failed severity>=error' --since 1d", 'what failed since yesterday'],
        ['telltale search \'tag.site:lab -source:simulator "power cut"\'', 'tags, sources, a phrase'],
        ["telltale search 'data.temperature>80' --limit 1000 --json | jq .data", 'for other programs'],
        ['telltale search --text \'watchdog OR "power cut" -planned\'', 'by words, ranked'],
        ["telltale search -- '-source:simulator'", 'a filter that begins with a minus'],
      ),
    )
    .action(async (filter: string | undefined, options: SearchOptions) => {
      if (options.text !== undefined) refuseMixed(filter, options);
      refuseInverted(options);
      await withStore(options, (store) =>
        options.text === undefined ? search(store, filter, options) : searchText(store, options.text, options),
      );
    });
}

function refuseMixed(filter: string | undefined, { since, until, cursor }: SearchOptions): void {
  const others = { 'a filter': filter, '--since': since, '--until': until, '--cursor': cursor };
  const [other] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (other === undefined) return;
  throw usage(
    `--text ranks all events and goes with --device and --limit only, not with ${other}; put words into the filter instead.`,
  );
}

async function search(store: AnyEventStore, filter: string | undefined, options: SearchOptions): Promise<void> {
  const { device, since, until, cursor, limit } = options;
  const criteria: EventSearchCriteria = {
    ...(filter !== undefined && { filter }),
    ...(device !== undefined && { deviceUuid: device }),
    ...(since !== undefined && { dateFrom: since }),
    ...(until !== undefined && { dateTo: until }),
  };
  // With all times written out: a cursor belongs to its question, and `2h` ago is another time for the next page.
  const written = printFilter(filterOf(criteria));
  const page = await store.searchPage({ filter: written, limit, ...(cursor !== undefined && { cursor }) });
  const line = options.json ? JSON.stringify : await readWording(store);
  await printAll(page.events.map((event) => line(event)));
  if (page.events.length === 0) remark(cursor === undefined ? 'No event fits.' : 'No more events fit.');
  // Not among the results: whoever pipes them on wants events alone.
  if (page.nextCursor !== null) remark(`More: ${nextPage(written, page.nextCursor, limit)}`);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function nextPage(filter: string, cursor: string, limit: number): string {
  return `${programName()} search --limit ${limit} --cursor ${cursor}${filter === '' ? '' : ` -- ${quoted(filter)}`}`;
}

async function searchText(store: AnyEventStore, query: string, options: SearchOptions): Promise<void> {
  const { device, limit, json } = options;
  const page = await store.fullTextPage(query, { deviceUuid: device, limit });
  if (json) {
    await printAll(page.events.map((event) => JSON.stringify(event)));
    return;
  }
  const line = await readWording(store);
  await printAll(page.events.flatMap((event) => [line(event), `    ${highlight(event.snippet)}`]));
  if (page.events.length === 0) remark('No event has these words.');
  else if (!page.complete) remark(`Ranked are the newest ${count(page.ranked)} events that have them; there are more.`);
}

/** On a terminal in colour, else between marks: a pipe shall show as well what was found. */
function highlight({ text, matches }: FoundText['snippet']): string {
  const mark = colours.isColorSupported
    ? (found: string) => colours.bold(colours.yellow(found))
    : (found: string) => `[${found}]`;
  let shown = '';
  let at = 0;
  for (const [offset, length] of matches) {
    // Places of two terms may overlap: "power cut" and cut.
    if (offset < at) continue;
    shown += text.slice(at, offset) + mark(text.slice(offset, offset + length));
    at = offset + length;
  }
  return (shown + text.slice(at)).replaceAll(/\s+/g, ' ');
}
