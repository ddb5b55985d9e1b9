/** Fills a database with the history: import, newest minutes, index, counts, snapshots, VACUUM; each timed. */
import { readFile } from 'node:fs/promises';
import type { EventInput } from '@telltale/catalogue';
import { type AnyEventStore, EventStore, openDatabase } from '@telltale/store';
import { countDevices } from '../../packages/store/src/count/count.ts';
import { withClient } from '../connection.ts';
import { History, historyDays } from './history.ts';
import { type SampledEvent, Sampler } from './sample.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
/** What happened this recently comes in through publishBatch, as in life. */
const fresh = 10 * minute;
const historySeed = 12;

export interface Loaded {
  readonly events: number;
  /** The last moment of the history, in milliseconds since 1970. */
  readonly end: number;
  readonly report: LoadReport;
  readonly sample: readonly SampledEvent[];
}

export interface LoadReport {
  readonly seconds: number;
  readonly import_events_per_second: number;
  readonly index_microseconds: number;
  readonly count_microseconds: number;
  readonly snapshot_seconds: number;
  readonly vacuum_seconds: number;
  readonly megabytes: Record<string, number>;
}

export type Tell = (text: string) => void;

/** Seconds that the work took. */
async function timed(tell: Tell, what: string, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  tell(`${what}: ${seconds.toFixed(1)} s`);
  return seconds;
}

export async function load(url: string, events: number, tell: Tell): Promise<Loaded> {
  const end = Date.now();
  const history = new History(historySeed);
  const sampler = new Sampler(events);
  const store = new EventStore<Record<string, unknown>>({ connection: url, worker: false });
  try {
    const recent = Math.max(1000, Math.round((events * fresh) / (historyDays * day)));
    const old = events - recent;
    const past = sampler.watch(history.between(end - historyDays * day, end - fresh, old));
    const importing = await timed(tell, `import of ${old} events`, () => importAll(store, past, old, tell));
    await publishAll(store, history.between(end - fresh, end, recent));
    const report = {
      import_events_per_second: Math.round(old / importing),
      ...(await finish(url, store, events, tell)),
    };
    return {
      events,
      end,
      sample: sampler.events,
      report: { seconds: Math.round((Date.now() - end) / 1000), ...report },
    };
  } finally {
    await store.close();
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;

async function importAll(store: AnyEventStore, past: Iterable<EventInput>, total: number, tell: Tell): Promise<void> {
  let told = performance.now();
  await store.importEvents('history', past, {
    onProgress({ imported }) {
      if (performance.now() - told < 10_000) return;
      told = performance.now();
      tell(`imported ${imported} of ${total}`);
    },
  });
}

async function publishAll(store: AnyEventStore, events: Iterable<EventInput>): Promise<void> {
  let batch: EventInput[] = [];
  for (const event of events) {
    batch.push(event);
    if (batch.length < 1000) continue;
    await store.publishBatch(batch);
    batch = [];
  }
  await store.publishBatch(batch);
}

/** What the workers would do by and by; counted first, because the index counts what is not counted yet. */
async function finish(
  url: string,
  store: AnyEventStore,
  events: number,
  tell: Tell,
): Promise<Omit<LoadReport, 'seconds' | 'import_events_per_second'>> {
  const database = openDatabase(url, { statementTimeout: 3_600_000 });
  try {
    const counting = await timed(tell, 'counts of devices', () => countDevices(database));
    const indexing = await timed(tell, 'index', () => store.index());
    const vacuum_seconds = round(await timed(tell, 'vacuum', () => database.script('vacuum (analyze)')));
    const snapshot_seconds = round(await timed(tell, 'snapshots and house-keeping', () => store.keepHouse()));
    return {
      count_microseconds: round((counting / events) * 1e6),
      index_microseconds: round((indexing / events) * 1e6),
      vacuum_seconds,
      snapshot_seconds,
      megabytes: await sizes(url),
    };
  } finally {
    await database.close();
  }
}

async function sizes(url: string): Promise<Record<string, number>> {
  const text = await readFile(new URL('size.sql', import.meta.url), 'utf8');
  const { rows } = await withClient(url, (client) => client.query<{ name: string; bytes: number }>(text));
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, round(bytes / 1e6)]));
}
