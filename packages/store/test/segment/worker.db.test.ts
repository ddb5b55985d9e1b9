/** Indexing behind the log: whole, once, and exact, whoever is killed, comes second, is slow, or drops what it read. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase, testVersions } from '../../../../test/database.ts';
import { Registry } from '../../src/catalogue/registry.ts';
import { type AnyEventStore, dropPartition, openDatabase } from '../../src/index.ts';
import { RowReader } from '../../src/read/event-row.ts';
import { Indexer } from '../../src/segment/indexer.ts';
import { startChild } from '../invariant/child.ts';
import { openSession } from '../invariant/session.ts';
import { openStore } from '../invariant/store.ts';
import { seededRandom } from '../invariant/writer.ts';
import { randomEvent } from '../search/fleet.ts';
import { sampleOf } from '../sql/sample.ts';
import { ask } from '../sql/session.ts';
import { countSegments, expectFound, expectIndexed } from './check.ts';

const program = new URL('indexing-process.ts', import.meta.url);
const base = Date.now();

async function publish(store: AnyEventStore, count: number, seed: string): Promise<void> {
  const next = seededRandom(seed);
  for (let done = 0; done < count; done += 512) {
    await store.publishBatch(Array.from({ length: Math.min(512, count - done) }, () => randomEvent(next, base)));
  }
}

function openIndexer(url: string): Indexer {
  const database = openDatabase(url, { role: 'telltale_application', connections: 2 });
  onTestFinished(() => database.close());
  const registry = new Registry();
  return new Indexer(database, registry, new RowReader(registry));
}

/** What another process stores first; nobody looks into it. */
const storeFirst = `select telltale.store_segment(
  0::smallint, 1, 1024, now(), now(), now(), now(), now(), '{}', '{}', '', '', '{}', '{}', '{}', '{}', '{}', '{}', '{}')`;

/** Returns when a statement waits for what another one has not yet committed. */
async function waitForBlocked(url: string): Promise<void> {
  const blocked = `select count(*)::int as blocked from pg_locks where locktype = 'transactionid' and not granted
    and pid in (select pid from pg_stat_activity where datname = current_database())`;
  await expect
    .poll(async () => (await ask<{ blocked: number }>(url, blocked))[0]?.blocked, { timeout: 20_000 })
    .toBe(1);
}

test('what killed processes had begun to index is whole, and the next goes on', async () => {
  const { url } = await createDatabase('a killed indexer');
  for (let life = 0; life < 3; life++) {
    let published = 0;
    const child = startChild(program, { url, name: `life ${life}` }, () => (published += 1));
    await child.started;
    await expect.poll(() => published, { timeout: 30_000 }).toBeGreaterThan(5);
    // Not always at the same step of its work.
    await sleep(life * 23);
    await child.kill();
    await expectIndexed(url);
  }
  const store = openStore(url);
  expect(await store.index()).toBeLessThan(1024);

  expect(await expectIndexed(url)).toBeGreaterThan(5);
  await expectFound(store, 'behind killed processes', 20);
}, 120_000);

test('two processes that index at once store each segment once, and count each event once', async () => {
  const { url } = await createDatabase('two indexers');
  const store = openStore(url);
  await store.raiseLogCount(2);
  await publish(store, 6000, 'two');
  const reports = await Promise.all([openIndexer(url).work(), openIndexer(url).work(), openIndexer(url).work()]);
  const segments = await expectIndexed(url);

  expect(segments).toBeGreaterThan(3);
  expect(reports.reduce((sum, report) => sum + report.stored, 0)).toBe(segments);
  await expectFound(store, 'two indexers', 12);
});

test('whoever comes second stores nothing and learns it; when the first gives up, it stores instead', async () => {
  for (const end of ['commit', 'rollback'] as const) {
    const { url } = await createDatabase(`second ${end}`);
    await publish(openStore(url), 2100, 'second');
    const first = await openSession(url);
    await first.ask('begin');
    await first.ask(storeFirst);
    const second = openIndexer(url).work();
    await waitForBlocked(url);
    await first.ask(end);

    expect(await second).toMatchObject(
      end === 'commit' ? { stored: 1, contended: true } : { stored: 2, contended: false },
    );
    expect(await countSegments(url)).toBe(2);
    if (end === 'rollback') await expectIndexed(url);
  }
});

test('a worker whose segment another one stored first leaves the work to that one for three seconds', async () => {
  const { url } = await createDatabase('backs off');
  const store = openStore(url);
  await publish(store, 1100, 'before');
  const first = await openSession(url);
  await first.ask('begin');
  await first.ask(storeFirst);
  openStore(url, { worker: true });
  await waitForBlocked(url);
  const contended = performance.now();
  await first.ask('commit');
  await publish(store, 1100, 'after');
  await expect.poll(() => countSegments(url), { timeout: 20_000 }).toBe(2);

  expect(performance.now() - contended).toBeGreaterThan(2500);
});

test('a search is exact while segments take long to store, and while somebody holds a snapshot', async () => {
  const { url } = await createDatabase('slow disk');
  const holder = await openSession(url);
  await holder.ask('begin isolation level repeatable read read only');
  await holder.ask('select count(*) from telltale.segments');
  await ask(
    url,
    `create function public.wait() returns trigger language plpgsql as 'begin perform pg_sleep(0.2); return new; end';
     create trigger wait before insert on telltale.segments for each row execute function public.wait()`,
  );
  const store = openStore(url, { worker: true });
  await publish(store, 3500, 'slow');
  await expectFound(store, 'slow disk', 12);
  await store.index();
  await expectFound(store, 'held snapshot', 12);

  expect(await expectIndexed(url)).toBe(3);
});

test.each(testVersions())(
  'on PostgreSQL %i, segments and answers are right around partitions that were dropped, before or after indexing',
  async (version) => {
    const { url } = await createDatabase('dropped in the middle', { version });
    const store = openStore(url, { clockBound: '100 years' });
    const next = seededRandom('days');
    const maintenance = openDatabase(url, { role: 'telltale_maintenance', connections: 2 });
    onTestFinished(() => maintenance.close());
    const oldest = async (): Promise<string> => {
      const rows = await ask<{ name: string }>(
        url,
        'select distinct tableoid::regclass::text as name from telltale.events_debug order by 1',
      );
      return (rows[0]?.name ?? '').replace('telltale.', '');
    };
    for (const day of [0, 1, 2, 3]) {
      await ask(
        url,
        `create or replace function telltale.clock() returns timestamptz language sql volatile
         return clock_timestamp() + interval '${day} days'`,
      );
      await store.publishBatch(Array.from({ length: 300 }, () => randomEvent(next, base)));
      // Longer than a segment: one of them will have lost all its events.
      for (let batch = 0; batch < 2; batch++) {
        await store.publishBatch(
          Array.from({ length: 1000 }, (_, index) =>
            sampleOf('debug', '0192f0c1-7a52-7c3e-9b1a-000000000001', { timestamp: new Date(base - index * 1000) }),
          ),
        );
      }
    }
    await dropPartition(maintenance, await oldest());
    await store.index();
    const segments = await expectIndexed(url);
    await expectFound(store, 'dropped before', 20);
    await dropPartition(maintenance, await oldest());
    await expectIndexed(url);
    await expectFound(store, 'dropped after', 20);
    await expectFound(openStore(url), 'another process', 20);

    // 9,200 positions; of the second segment nothing was left to index.
    expect(segments).toBe(7);
  },
);
