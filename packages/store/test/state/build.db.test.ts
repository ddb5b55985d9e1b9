/** The worker's part: busy devices get their snapshots before somebody asks. */
import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';
import { buildSnapshots } from '../../src/state/build.ts';
import { ask, openStore } from '../sql/session.ts';
import { eventOf, openAccess, secondOf } from './history.ts';

const database = useDatabase('build');

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
