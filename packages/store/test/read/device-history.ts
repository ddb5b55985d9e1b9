/** A fleet whose devices have two months behind them: tenants, sampled types, apps, jobs, causes, and a floor half way. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventInput, severities } from '@telltale/catalogue';
import { onTestFinished } from 'vitest';
import { type AnyEventStore, EventStore } from '../../src/index.ts';
import { seededRandom } from '../invariant/writer.ts';
import { sampleOf, sampleTiers } from '../sql/sample.ts';
import { ask } from '../sql/session.ts';

/** The last is a version 5, which could be the shard key of anything. */
export const devices = [
  '0192f0c1-7a52-7c3e-9b1a-000000000001',
  '0192f0c1-7a52-7c3e-9b1a-000000000002',
  'a0b913e9-52a9-5d8a-b427-38808aa3d949',
];
export const tenants = [null, 'acme', 'umbrella'] as const;

const hour = 3_600_000;

export type Draw = () => number;

/** One event of the last 60 days, 10 to 50 minutes past an hour before `base`; sometimes caused by one of the others. */
export function eventOf(next: Draw, base: number, others: readonly string[]): EventInput & { event_id: string } {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item;
  const tenant = pick(tenants);
  const metadata = {
    ...(tenant !== null && { tenant: { id: tenant, name: tenant } }),
    ...(next() < 0.7 && { severity: pick(severities) }),
  };
  // Whole minutes, so that many share a time and only log and position tell them apart.
  const timestamp = new Date(base - Math.floor(next() * 60 * 24) * hour - (10 + Math.floor(next() * 40)) * 60_000);
  const device = { device_uuid: pick(devices) };
  const cause = others.length > 0 && next() < 0.7 ? { causation_id: pick(others) } : {};
  const rest = { event_id: randomUUID(), metadata, timestamp, ...cause };
  const kind = next();
  if (kind < 0.1)
    return { event_type: 'image.removed', aggregate_id: pick(['web', 'db']), data: { image: 'x' }, ...device, ...rest };
  if (kind < 0.15) return { event_type: 'image.removed', aggregate_id: 'web', data: { image: 'x' }, ...rest };
  if (kind < 0.3)
    return { event_type: 'job.failed', aggregate_id: pick(['17', '18']), data: { job_id: 'x' }, ...device, ...rest };
  if (kind < 0.4) return { event_type: 'device.api_call', data: { method: 'GET', path: '/' }, ...device, ...rest };
  return { ...sampleOf(pick(sampleTiers), device.device_uuid), ...rest };
}

/** Publishes a first part, lets two days pass, publishes more, and raises the floor of a debug partition that stays. */
export async function publishHistory(url: string, base: number, count: number): Promise<string[]> {
  const store: AnyEventStore = new EventStore({ connection: url, worker: false, clockBound: '100 years' });
  const next = seededRandom('device history');
  const ids: string[] = [];
  const publish = async (): Promise<void> => {
    const events = Array.from({ length: count }, () => {
      const event = eventOf(next, base, ids);
      ids.push(event.event_id);
      return event;
    });
    await store.publishBatch(events);
  };
  await publish();
  await ask(
    url,
    `create or replace function telltale.clock() returns timestamptz language sql volatile return clock_timestamp() + interval '2 days'`,
  );
  await store.raiseLogCount(3);
  await publish();
  await store.close();
  await ask(
    url,
    `select telltale.raise_floor((select name from telltale.partitions where tier = 'debug' order by from_time limit 1))`,
  );
  await ask(url, 'vacuum analyze');
  return ids;
}

/** So many writers publish until they are told to stop. */
export function startWriters(url: string, count: number, base: number, ids: string[]): () => Promise<number> {
  const store: AnyEventStore = new EventStore({ connection: url, worker: false, clockBound: '100 years' });
  const state = { stopped: false };
  let published = 0;
  const writers = Array.from({ length: count }, async (_, index) => {
    const next = seededRandom(`writer ${index}`);
    while (!state.stopped) {
      const events = Array.from({ length: 20 }, () => eventOf(next, base, ids.slice(-50)));
      await store.publishBatch(events);
      ids.push(...events.map((event) => event.event_id));
      published += events.length;
      // The oracle looks at everything there is, so that it must not grow without end.
      await sleep(next() * 100);
    }
  });
  onTestFinished(async () => {
    state.stopped = true;
    await Promise.allSettled(writers);
    await store.close();
  });
  return async () => {
    state.stopped = true;
    await Promise.all(writers);
    return published;
  };
}
