/** The server benchmark: ingest over HTTP while everything is asked, and live streams to many clients; figures as JSON. */
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { type PostgresServer, startPostgres, temporaryDirectory } from '@telltale/embedded';
import { issueToken } from '@telltale/server';
import { migrate } from '@telltale/store';
import { withClient } from './connection.ts';
import { describeMachine, type Machine } from './machine.ts';
import { Child } from './server/child.ts';
import { benchIngest, type IngestResult } from './server/ingest.ts';
import { type LiveFigures, measureLive } from './server/live.ts';
import { type Options, readOptions } from './server/option.ts';

/** `live`: the smallest number of clients; each further number has its own, `live_10000`; `live_unstalled`: the first without stalled ones. */
export type ServerResult = { readonly machine: Machine; readonly ingest: IngestResult } & {
  readonly [Live in 'live' | 'live_unstalled' | `live_${number}`]?: LiveFigures;
};

const tell = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
const day = 86_400;
/** Fleet streams that take nothing; they are to change nothing. */
const stalled = 10;

/** In a database of its own: what one part leaves behind, indexed or not, stands in no figure of another. */
async function inDatabase<Result>(
  server: string,
  name: string,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  await withClient(server, (client) => client.query(`create database ${name}`));
  const { href: url } = Object.assign(new URL(server), { pathname: `/${name}` });
  try {
    await migrate(url);
    return await work(url);
  } finally {
    await withClient(server, (client) => client.query(`drop database ${name} with (force)`));
  }
}

async function benchServer(url: string, options: Options): Promise<IngestResult> {
  const secret = randomBytes(32).toString('base64url');
  const token = await issueToken(secret, { subject: 'bench', roles: ['admin'], tenant: '*' }, { seconds: day });
  const { profile } = options;
  const node = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const server = new Child('serving.ts', [url], { secret, node });
  try {
    const { address } = await server.hear<{ address: string }>();
    tell(`ingest of ${options.seconds} s at ${address}`);
    return await benchIngest(server, { ...options, address, token });
  } finally {
    await server.stop();
  }
}

async function bench(postgres: PostgresServer, options: Options): Promise<ServerResult> {
  // First, so that the checkpoints and vacuums of an ingest of ten minutes do not stand in the figures of the streams.
  const lives: [string, LiveFigures][] = [];
  const { rate: eventsPerSecond, liveSeconds: seconds } = options;
  const measure = async (name: string, clients: number, held: number): Promise<void> => {
    tell(`${clients} clients follow, ${held} of the fleet's take nothing`);
    const live = await inDatabase(postgres.url, 'live', (url) =>
      measureLive({ url, clients, stalled: held, eventsPerSecond, seconds }),
    );
    console.log(JSON.stringify(live));
    lives.push([name, live]);
  };
  const [first = 0, ...others] = options.clients;
  await measure('live', first, stalled);
  await measure('live_unstalled', first, 0);
  for (const clients of others) await measure(`live_${clients}`, clients, stalled);
  const ingest = await inDatabase(postgres.url, 'ingest', (url) => benchServer(url, options));
  console.log(JSON.stringify(ingest));
  return { machine: await withClient(postgres.url, describeMachine), ingest, ...Object.fromEntries(lives) };
}

async function main(options: Options): Promise<void> {
  const directory = await temporaryDirectory('telltale-bench');
  try {
    const postgres = await startPostgres({ directory, fsync: true });
    try {
      const result = await bench(postgres, options);
      if (options.file !== null) await writeFile(options.file, `${JSON.stringify(result, null, 2)}\n`);
    } finally {
      await postgres.stop('fast');
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const options = readOptions();
if (options !== undefined) await main(options);
