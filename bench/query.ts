/** The query benchmark: loads a history, asks every question cold, alone and under load; a table at the end, and JSON. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PostgresServer, startPostgres, temporaryDirectory } from '@telltale/embedded';
import { migrate } from '@telltale/store';
import { withClient } from './connection.ts';
import { describeMachine, type Machine } from './machine.ts';
import { Cast } from './query/cast.ts';
import { castSeed, deviceCount } from './query/history.ts';
import { type Loaded, load } from './query/load.ts';
import { measureAlone, measureCold, measureUnderLoad } from './query/measure.ts';
import { type Options, readOptions } from './query/option.ts';
import { type Question, questions } from './query/question.ts';
import { formatTable, type SizeResult, sizeResult, summarise } from './query/report.ts';
import { World } from './query/sample.ts';

const worldSeed = 5;
const questionsPerSecond = 5;

const tell = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);

/** What the folder has already, or else a new load, noted beside it when it is complete. */
async function fill(server: PostgresServer, events: number, note: string): Promise<Loaded> {
  await migrate(server.url);
  const known = await readFile(note, 'utf8').catch(() => null);
  if (known !== null) return JSON.parse(known) as Loaded;
  const loaded = await load(server.url, events, tell);
  await writeFile(note, JSON.stringify(loaded));
  return loaded;
}

async function measure(
  server: PostgresServer,
  loaded: Loaded,
  chosen: readonly Question[],
  { seconds, rate, short }: Options,
): Promise<SizeResult> {
  const world = new World(worldSeed, new Cast(castSeed, deviceCount), loaded.end, loaded.sample);
  tell('cold');
  const cold = await measureCold(server, chosen, world, short ? 'once' : 'each');
  tell('alone');
  const alone = await measureAlone(server.url, chosen, world, { seconds, fewest: short ? 3 : 20 });
  tell('under load');
  const pace = { seconds, rate, questionsPerSecond };
  const underLoad = await measureUnderLoad(server.url, chosen, world, pace, tell);
  return sizeResult(chosen, { loaded, cold, alone, underLoad });
}

async function bench(directory: string, options: Options): Promise<void> {
  const chosen = questions.filter(({ name }) => name.includes(options.only));
  if (chosen.length === 0) {
    throw new RangeError(
      `--only: expected a part of ${questions.map(({ name }) => name).join('; ')} (found: ${options.only})`,
    );
  }
  const sizes: SizeResult[] = [];
  let machine: Machine | undefined;
  for (const events of options.events) {
    const server = await startPostgres({ directory: join(directory, String(events)), fsync: true });
    try {
      machine = await withClient(server.url, describeMachine);
      const loaded = await fill(server, events, join(directory, `load-${events}.json`));
      sizes.push(await measure(server, loaded, chosen, options));
    } finally {
      await server.stop('fast');
    }
    console.log(formatTable(sizes.at(-1) as SizeResult));
  }
  const result = { machine, ...summarise(sizes) };
  if (options.file !== null) await writeFile(options.file, `${JSON.stringify(result, null, 2)}\n`);
  if (sizes.some(({ queries }) => queries.some(({ failures }) => failures > 0))) process.exitCode = 1;
}

async function main(options: Options): Promise<void> {
  if (options.data !== null) {
    await mkdir(options.data, { recursive: true });
    return bench(options.data, options);
  }
  const directory = await temporaryDirectory('telltale-bench');
  try {
    await bench(directory, options);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const options = readOptions();
if (options !== undefined) await main(options);
