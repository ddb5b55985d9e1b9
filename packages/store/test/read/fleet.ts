/** A small fleet's history in one database: several logs and epochs, tenants, tiers, streams, times that go back, an import. */
import { type Event, type EventInput, severities } from '@telltale/catalogue';
import type { AnyEventStore } from '../../src/index.ts';
import { sampleOf, sampleTiers } from '../sql/sample.ts';

export const devices = [1, 2, 3, 4, 5].map((index) => `0192f0c1-7a52-7c3e-9b1a-00000000000${index}`);
export const tenants = [undefined, 'acme', 'umbrella'] as const;
export const apps = ['web', 'db'];
export const jobs = ['17', '18'];

/** Numbers in [0, 1) by a linear congruence: the same history in every run. */
function draw(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** One event; its time is anywhere within a day, whenever it is published. */
function eventOf(next: () => number): EventInput {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item;
  const tenant = pick(tenants);
  const metadata = {
    ...(tenant !== undefined && { tenant: { id: tenant, name: tenant } }),
    ...(next() < 0.5 && { severity: pick(severities) }),
  };
  // Whole seconds, so that many events share a time and only log and position tell them apart.
  const timestamp = new Date(Date.UTC(2026, 0, 15) + Math.floor(next() * 600) * 1000);
  const kind = next();
  if (kind < 0.15) {
    const device = next() < 0.5 ? {} : { device_uuid: pick(devices) };
    return {
      event_type: 'image.removed',
      aggregate_id: pick(apps),
      data: { image: 'x' },
      metadata,
      timestamp,
      ...device,
    };
  }
  if (kind < 0.3)
    return { event_type: 'job.started', aggregate_id: pick(jobs), data: { job_id: 'x' }, metadata, timestamp };
  return sampleOf(pick(sampleTiers), pick(devices), { metadata, timestamp });
}

/** Publishes the history: one log, then three, with an import beside them. */
export async function publishHistory(store: AnyEventStore, count: number): Promise<void> {
  const next = draw(20_261_123);
  const events = (many: number): EventInput[] => Array.from({ length: many }, () => eventOf(next));
  await store.publishBatch(events(Math.floor(count / 3)));
  await store.raiseLogCount(3);
  for (let published = 0; published < count / 3; published += 10) await store.publishBatch(events(10));
  await store.importEvents(
    'history',
    events(Math.floor(count / 3)).sort((one, other) => Number(one.timestamp) - Number(other.timestamp)),
  );
}

/** Everything, page by page. */
export async function readEverything(
  store: AnyEventStore,
  ...[filter, options]: [Parameters<AnyEventStore['readAll']>[1]?, Parameters<AnyEventStore['readAll']>[2]?]
): Promise<Event[]> {
  const events: Event[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await store.readAll(cursor, filter, options);
    events.push(...page.events);
    cursor = page.cursor;
    if (page.atHead) return events;
  }
}
