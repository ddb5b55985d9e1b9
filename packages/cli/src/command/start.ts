/** `telltale start`: a PostgreSQL, the schema, a simulated fleet, and a view of what it does. */

import { type AnyEventStore, EventStore } from '@telltale/store';
import { Command } from 'commander';
import {
  type Address,
  applicationRole,
  canPlayApplication,
  type DatabaseOptions,
  showAddress,
  withDatabase,
} from '../connection.ts';
import { sentenceOf } from '../failure.ts';
import { firstDevice } from '../fleet/cast.ts';
import { House } from '../house.ts';
import { onInterrupt } from '../interrupt.ts';
import { programName } from '../invocation.ts';
import { examples, positiveNumber, wholeNumber } from '../option.ts';
import { installSecret, keepToken } from '../secret.ts';
import { defaultPort, type Listening, listen, serverModule } from '../serving.ts';
import { type Notice, Show, type ShowOptions } from '../show.ts';
import type { Setting } from '../view/live.ts';
import { print } from '../view/output.ts';

interface StartOptions extends DatabaseOptions, ShowOptions {
  readonly port: number;
  readonly serve: boolean;
}

/** How long the token that is printed lasts. */
const tokenDays = 30;

export function startCommand(): Command {
  return withDatabase(new Command('start'), {
    database: 'PostgreSQL to use instead of the embedded one',
    directory: 'where the embedded PostgreSQL keeps its data',
  })
    .description('Start everything: an embedded PostgreSQL, the schema, a simulated fleet, and a live view.')
    .option('--devices <number>', 'devices of the simulated fleet; 0 for the database alone', wholeNumber(0), 200)
    .option('--rate <number>', 'events a second that the fleet makes on average', positiveNumber, 200)
    .option('--seed <number>', 'another seed is another fleet', wholeNumber(0), 1)
    .option(
      '--port <number>',
      'port of the HTTP API; the next free one if it is taken',
      wholeNumber(0, 65_535),
      defaultPort,
    )
    .option('--no-serve', 'without the HTTP API')
    .option('--seconds <number>', 'stop after so many seconds (default: at Ctrl-C)', positiveNumber)
    .addHelpText(
      'after',
      examples(
        ['telltale start', 'everything, with the data of the last time'],
        ['telltale start --devices 2000 --rate 5000', 'a bigger fleet in a hurry'],
        ['telltale start --devices 0', 'only the database, for your own events'],
        ['DATABASE_URL=postgres://... telltale start', 'on a server of yours'],
      ),
    )
    .action((options: StartOptions) => run(options));
}

async function run(options: StartOptions): Promise<void> {
  const interrupt = onInterrupt();
  const house = new House(options);
  try {
    const address = await house.open(interrupt);
    if (address !== undefined) await live(address, house, options, interrupt);
  } catch (error) {
    // Ctrl-C cuts off what is under way; that it did not finish is no news.
    if (!interrupt.aborted) throw error;
  } finally {
    await house.close();
  }
}

async function live(address: Address, house: House, options: StartOptions, interrupt: AbortSignal): Promise<void> {
  const role = (await canPlayApplication(address.url)) ? { role: applicationRole } : {};
  const notice: Notice = { text: undefined };
  const store: AnyEventStore = new EventStore<Record<string, unknown>>({
    connection: address.url,
    applicationName: 'telltale start',
    onWarning: (warning) => {
      notice.text = sentenceOf(warning);
    },
    ...role,
  });
  let server: Listening | undefined;
  try {
    const secret = installSecret(house.directory);
    if (options.serve)
      server = await listen(
        { store, secret, identity: { singleTenant: true } },
        { host: '127.0.0.1', port: options.port, orNext: true },
      );
    const setting = await describe(store, address, house, options);
    await new Show(
      store,
      server === undefined ? setting : await withServer(setting, server, house),
      options,
      notice,
    ).run(interrupt);
  } finally {
    await server?.close();
    await store.close();
  }
}

/** The setting with where the API listens, and a call of it that works as it stands; the token is printed once. */
async function withServer(setting: Setting, { url }: Listening, { directory }: House): Promise<Setting> {
  const who = { subject: 'start', roles: ['admin'] } as const;
  const { issueToken } = await serverModule();
  const token = await issueToken(installSecret(directory), who, { seconds: tokenDays * 86_400 });
  print(`HTTP API at ${url}, described at ${url}/docs. A token for ${tokenDays} days:`);
  print(token);
  const call = `curl -H "Authorization: Bearer $(cat ${keepToken(directory, token)})" '${url}/api/v1/events?limit=3'`;
  const hints = [...setting.hints, { what: 'the HTTP API', command: call }];
  return { ...setting, server: url, hints };
}

async function describe(store: AnyEventStore, address: Address, house: House, options: StartOptions): Promise<Setting> {
  const { findings } = await store.diagnose();
  const server = findings.find((finding) => finding.subject === 'server')?.message ?? 'PostgreSQL';
  const own = address.embedded && options.directory !== undefined ? ` --directory ${options.directory}` : '';
  const telltale = (verb: string, rest = ''): string => `${programName()} ${verb}${own}${rest}`;
  const device = firstDevice(options.seed);
  return {
    place: `${server.split(' ').slice(0, 2).join(' ')} at ${showAddress(address.url)}`,
    data: address.embedded ? `data in ${house.directory}` : undefined,
    preface: address.embedded ? undefined : 'export DATABASE_URL=...   (the address that you gave here)',
    hints: [
      { what: 'what goes wrong', command: telltale('tail', ' --severity error') },
      { what: 'one device', command: telltale('tail', ` --device ${device} -n 30`) },
      { what: 'find anything', command: telltale('search', " 'severity>=error timestamp>=-5m'") },
      { what: 'is all well?', command: telltale('doctor') },
      { what: 'was anything changed?', command: telltale('verify') },
      { what: 'what can be recorded', command: telltale('types', " 'job.*'") },
      { what: 'an event of yours', command: telltale('publish', ` --type device.rebooted --device ${device}`) },
    ],
  };
}
