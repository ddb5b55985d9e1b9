/** The worker's part: busy devices get their snapshots before somebody asks. */
import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase, useDatabase } from '../../../../test/database.ts';
import { buildEndedDays, buildSnapshots } from '../../src/state/build.ts';
import { ask, openStore } from '../sql/session.ts';
import { eventOf, openAccess, secondOf } from './history.ts';

const database = useDatabase('build');

const daysAgo = (days: number, second: number): string =>
  new Date(Date.now() - days * 86_400_000 + second * 1000).toISOString();

test('devices that have much to fold get snapshots, once; the others none', async () => {
  const store = openStore(database.url);
  const { database: application, registry } = openAccess(database.url);
  onTestFinished(() => application.close());
  const [busy, idle] = [randomUUID(), randomUUID()];
  await store.publishBatch([
    ...Array.from({ length: 1300 }, (_, n) => eventOf(busy, n, secondOf(n))),
    ...Array.from({ length: 20 }, (_, n) => eventOf(idle, n, secondOf(n))),
  ]);
  const built = [await buildSnapshots(application, registry), await buildSnapshots(application, registry)];
  const rows = await ask(database.url, 'select shard_key, event_count::int from telltale.device_snapshots order by 2');

  // Two of fourteen kinds change no state: 500 that do are among 583.
  expect(built).toEqual([2, 0]);
  expect(rows).toEqual([
    { shard_key: busy, event_count: 582 },
    { shard_key: busy, event_count: 1166 },
  ]);
});

test('days that are over are folded ahead, once, for all and for each tenant, and answers stay the same', async () => {
  const { url } = await createDatabase('ended days');
  const store = openStore(url);
  const { database: application, registry } = openAccess(url);
  onTestFinished(() => application.close());
  const [much, little, today] = [randomUUID(), randomUUID(), randomUUID()];
  const tenant = { metadata: { tenant: { id: 'acme', name: 'Acme' } } };
  await store.publishBatch([
    ...Array.from({ length: 300 }, (_, n) => ({ ...eventOf(much, n, daysAgo(3, n)), ...tenant })),
    ...Array.from({ length: 40 }, (_, n) => eventOf(little, n, daysAgo(3, n))),
    ...Array.from({ length: 300 }, (_, n) => eventOf(today, n, new Date().toISOString())),
  ]);
  await ask(url, 'select telltale.count_device_block(0::smallint, 1, 640)');
  const before = await store.createSnapshot(much, new Date());

  const folded = [await buildEndedDays(application, registry), await buildEndedDays(application, registry)];

  expect(folded).toEqual([2, 0]);
  const rows = await ask(
    url,
    `select shard_key, tenant, event_count::int, "timestamp" < date_trunc('day', now(), 'UTC') as ended
     from telltale.device_snapshots order by tenant`,
  );
  expect(rows).toEqual([
    { shard_key: much, tenant: 'acme', event_count: 300, ended: true },
    { shard_key: much, tenant: null, event_count: 300, ended: true },
  ]);
  expect(await store.createSnapshot(much, new Date(Date.parse(before.timestamp)))).toEqual(before);

  // Late by days: the state kept is wrong now, the next read says so, and the next call makes another.
  await store.publish({ ...eventOf(much, 3, daysAgo(3, 400)), ...tenant });
  const { event_count } = await store.createSnapshot(much, new Date());
  expect(event_count).toBe(301);
  expect(await buildEndedDays(application, registry)).toBe(1);
});

test('folding days that are over stops where it is told to', async () => {
  const { url } = await createDatabase('stopped fold');
  const store = openStore(url);
  const { database: application, registry } = openAccess(url);
  onTestFinished(() => application.close());
  const devices = Array.from({ length: 4 }, () => randomUUID());
  const old = new Date(Date.now() - 3 * 86_400_000).toISOString();
  await store.publishBatch(devices.flatMap((device) => Array.from({ length: 210 }, (_, n) => eventOf(device, n, old))));
  await ask(url, 'select telltale.count_device_block(0::smallint, 1, 840)');
  let asked = 0;

  expect(await buildEndedDays(application, registry, { stopped: () => ++asked > 2 })).toBe(2);
  expect(await buildEndedDays(application, registry)).toBe(2);
});
