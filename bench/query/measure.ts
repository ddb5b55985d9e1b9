/** Asks the questions: first after a restart, then alone, then while another process publishes; takes the times. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { PostgresServer } from '@telltale/embedded';
import { Registry } from '../../packages/store/src/catalogue/registry.ts';
import { RowReader } from '../../packages/store/src/read/event-row.ts';
import { Indexer } from '../../packages/store/src/segment/indexer.ts';
import { type Asker, openAsker, type Statement } from './asker.ts';
import type { Tell } from './load.ts';
import type { PublisherReport } from './publisher.ts';
import type { Question } from './question.ts';
import type { World } from './sample.ts';

/** Milliseconds of each call, and what went wrong. */
export interface Series {
  readonly times: number[];
  rows: number;
  failures: number;
  failure: string | null;
}

const newSeries = (): Series => ({ times: [], rows: 0, failures: 0, failure: null });

/** Asks once. */
async function ask(asker: Asker, world: World, question: Question, series: Series): Promise<void> {
  try {
    const call = await question.draw(asker, world);
    const started = performance.now();
    series.rows += await call();
    series.times.push(performance.now() - started);
  } catch (error) {
    series.failures += 1;
    series.failure ??= String(error).slice(0, 500);
  }
}

/** The first call of each after a restart of the server, by a reader that knows nothing yet. */
export async function measureCold(
  server: PostgresServer,
  questions: readonly Question[],
  world: World,
  restarts: 'each' | 'once',
): Promise<Map<Question, Series>> {
  const cold = new Map<Question, Series>();
  for (const [index, question] of questions.entries()) {
    if (restarts === 'each' || index === 0) await server.restart();
    const series = newSeries();
    await asking(server.url, (asker) => ask(asker, world, question, series));
    cold.set(question, series);
  }
  return cold;
}

async function asking(url: string, work: (asker: Asker) => Promise<void>): Promise<void> {
  const asker = openAsker(url);
  try {
    await work(asker);
  } finally {
    await asker.close();
  }
}

export interface Alone extends Series {
  /** Milliseconds that planning all statements of one call takes, when nothing is planned yet; their number. */
  planning: number | null;
  statements: number;
}

/** Calls of each question before those that count: PostgreSQL makes its generic plan at the sixth. */
const warmCalls = 6;
const mostCalls = 300;

export interface AloneOptions {
  readonly seconds: number;
  /** Calls of each question at least, however long they take. */
  readonly fewest: number;
}

/** Each question by itself, so many seconds over all of them; connections, caches and plans are warm. */
export async function measureAlone(
  url: string,
  questions: readonly Question[],
  world: World,
  { seconds, fewest }: AloneOptions,
): Promise<Map<Question, Alone>> {
  const alone = new Map<Question, Alone>();
  await asking(url, async (asker) => {
    for (const question of questions) {
      for (let call = 0; call < Math.min(warmCalls, fewest); call += 1) await ask(asker, world, question, newSeries());
      const series: Alone = { ...newSeries(), planning: null, statements: 0 };
      const end = performance.now() + (seconds * 1000) / questions.length;
      for (let call = 0; call < mostCalls && (call < fewest || performance.now() < end); call += 1) {
        await ask(asker, world, question, series);
      }
      Object.assign(series, await measurePlanning(asker, world, question));
      alone.set(question, series);
    }
  });
  return alone;
}

async function measurePlanning(
  asker: Asker,
  world: World,
  question: Question,
): Promise<Pick<Alone, 'planning' | 'statements'>> {
  let heard: Statement[] = [];
  try {
    const call = await question.draw(asker, world);
    heard = await asker.listen(call);
    const planned = heard.filter(({ text }) => /^\s*(--[^\n]*\n\s*)*(select|with)\b/i.test(text));
    let planning = 0;
    for (const { text, values } of planned) planning += await planningTime(asker, text, values);
    return { planning, statements: planned.length };
  } catch {
    return { planning: null, statements: heard.length };
  }
}

async function planningTime({ database }: Asker, text: string, values: unknown[]): Promise<number> {
  const [row] = await database.query<{ 'QUERY PLAN': { 'Planning Time': number }[] }>(
    { text: `explain (summary, format json) ${text}` },
    values as never[],
  );
  return row?.['QUERY PLAN'][0]?.['Planning Time'] ?? 0;
}

export interface LoadOptions {
  readonly seconds: number;
  /** Events published in a second. */
  readonly rate: number;
  /** Questions asked in a second, all together. */
  readonly questionsPerSecond: number;
}

export interface UnderLoad {
  readonly series: Map<Question, Series>;
  readonly publisher: PublisherReport;
  /** Events that no stored segment had when the last question was answered. */
  readonly unindexed: number;
}

/** Asks in even steps, whether or not the ones before have their answers, as people do. */
export async function measureUnderLoad(
  url: string,
  questions: readonly Question[],
  world: World,
  options: LoadOptions,
  tell: Tell,
): Promise<UnderLoad> {
  const file = fileURLToPath(new URL('publisher.ts', import.meta.url));
  // It is told to stop when the last question is answered, which may be late; left alone, it ends some time.
  const child = fork(file, [url, String(options.rate), String(4 * options.seconds + 300)]);
  const reported = once(child, 'message') as Promise<[PublisherReport]>;
  const gone = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the publisher ended with ${String(code)}`)),
  );
  gone.catch(() => undefined);
  const series = new Map<Question, Series>(questions.map((question) => [question, newSeries()]));
  let unindexed = 0;
  try {
    await asking(url, async (asker) => {
      for (const question of questions) await ask(asker, world, question, newSeries());
      await Promise.race([askEvenly(asker, world, series, options), gone]);
      unindexed = await countUnindexed(asker);
    });
    child.send('stop');
    const [publisher] = await Promise.race([reported, gone]);
    tell(
      `published ${publisher.events_per_second} events/s, p99 ${publisher.publish_p99_ms} ms; ${unindexed} not indexed yet`,
    );
    return { series, publisher, unindexed };
  } finally {
    child.kill();
  }
}

function countUnindexed({ database }: Asker): Promise<number> {
  const registry = new Registry();
  return new Indexer(database, registry, new RowReader(registry)).behind();
}

async function askEvenly(
  asker: Asker,
  world: World,
  series: Map<Question, Series>,
  { seconds, questionsPerSecond }: LoadOptions,
): Promise<void> {
  const started = performance.now();
  const total = Math.max(series.size, Math.round(seconds * questionsPerSecond));
  const open = new Set<Promise<void>>();
  let round: [Question, Series][] = [];
  for (let count = 0; count < total; count += 1) {
    const wait = started + (count * 1000) / questionsPerSecond - performance.now();
    if (wait > 0) await sleep(wait);
    if (round.length === 0) round = shuffled([...series], world);
    const [question, times] = round.pop() as [Question, Series];
    const one: Promise<void> = ask(asker, world, question, times).finally(() => open.delete(one));
    open.add(one);
  }
  await Promise.all(open);
}

function shuffled<Item>(items: Item[], { draw }: World): Item[] {
  return items
    .map((item) => [draw.next(), item] as const)
    .sort(([one], [other]) => one - other)
    .map(([, item]) => item);
}
