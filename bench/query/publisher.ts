/** A process of its own that publishes a fleet's events at an even rate until it is told to stop, and says how it went. */
import type { EventInput } from '@telltale/catalogue';
import { EventStore } from '@telltale/store';
import { History } from './history.ts';

const batchSize = 500;
/** Batches under way at most: a database that cannot keep up shows in the rate, not in the memory. */
const mostOpen = 8;
const loadSeed = 77;

export interface PublisherReport {
  readonly published: number;
  readonly events_per_second: number;
  /** Milliseconds of one call of publishBatch. */
  readonly publish_p50_ms: number;
  readonly publish_p99_ms: number;
}

const [url = '', rateText = '', longestText = ''] = process.argv.slice(2);
const rate = Number(rateText);
const store = new EventStore<Record<string, unknown>>({ connection: url, role: 'telltale_application' });
const history = new History(loadSeed);
const times: number[] = [];
const stop = new AbortController();
process.on('message', () => stop.abort());
process.on('disconnect', () => stop.abort());

function batch(): EventInput[] {
  const now = Date.now() * 1000;
  return Array.from({ length: batchSize }, (_, index) => history.event(now - batchSize + index));
}

async function publish(): Promise<void> {
  const events = batch();
  const started = performance.now();
  await store.publishBatch(events);
  times.push(performance.now() - started);
}

async function run(): Promise<PublisherReport> {
  const started = performance.now();
  const open = new Set<Promise<void>>();
  const last = started + Number(longestText) * 1000;
  for (let count = 0; !stop.signal.aborted && performance.now() < last; count += 1) {
    const wait = started + (count * batchSize * 1000) / rate - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const one: Promise<void> = publish().finally(() => open.delete(one));
    open.add(one);
    if (open.size >= mostOpen) await Promise.race(open);
  }
  await Promise.all(open);
  const seconds = (performance.now() - started) / 1000;
  times.sort((one, other) => one - other);
  const at = (share: number): number => Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10;
  const published = times.length * batchSize;
  return {
    published,
    events_per_second: Math.round(published / seconds),
    publish_p50_ms: at(0.5),
    publish_p99_ms: at(0.99),
  };
}

const report = await run();
await store.close();
process.send?.(report, () => process.disconnect());
