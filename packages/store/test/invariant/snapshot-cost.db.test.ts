/** Why a held snapshot costs nothing that grows: no row is ever updated, and what is deleted is neither looked at nor kept. */
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { deviceOf } from './fleet.ts';
import { openPool } from './load.ts';
import { countPages, stopAutovacuum } from './page-count.ts';
import { openSession, type Session } from './session.ts';
import { lasting } from './soak.ts';
import { openStore } from './store.ts';
import { write } from './writer.ts';

async function hold(holder: Session): Promise<void> {
  await holder.ask('begin isolation level repeatable read read only');
  await holder.ask('select count(*) from telltale.log_batches');
}

test('no way of publishing, moving, following or keeping house updates a row', async () => {
  const { url } = await createDatabase('no updates');
  const [store, session] = [openStore(url, { worker: true }), await openSession(url)];
  let [followed, reported] = [0, 0];
  const subscription = store.subscribe('follows', () => void followed++, { poll: 5, batch: 10 });
  const [pool, end] = [openPool(url), performance.now() + lasting(1500, 15_000)];
  // Two reports of a call: of 200 calls some go every way, however slow the machine is.
  const stopped = (): boolean => performance.now() > end && reported > 400;
  const task = { store, pool, devices: 5, stopped, report: () => void reported++ };
  await Promise.all(['w0', 'w1', 'w2', 'w3'].map((name) => write({ ...task, name })));
  await expect.poll(() => followed, { timeout: 30_000 }).toBeGreaterThan(0);
  await store.drainInbox();
  await store.keepHouse();
  await subscription.stop();
  await store.close();

  // A backend's counts reach the statistics when it has ended.
  const written = (): Promise<{ name: string; updated: string; inserted: boolean }[]> =>
    session.ask(
      `select relname as name, n_tup_upd as updated, n_tup_ins > 0 as inserted from pg_stat_user_tables
       where schemaname = 'telltale' and relname = any ($1)`,
      [['inbox', 'log_batches', 'stream_versions', 'subscription_checkpoints']],
    );
  await expect.poll(async () => (await written()).every((table) => table.inserted), { timeout: 30_000 }).toBe(true);
  const updated = await session.ask(
    `select relname, n_tup_upd from pg_stat_user_tables where schemaname = 'telltale' and n_tup_upd > 0`,
  );
  expect(updated).toEqual([]);
});

test('a checkpoint touches no more pages for all those before it that a snapshot keeps', async () => {
  const { url } = await createDatabase('pages of a checkpoint');
  const [holder, session] = [await openSession(url), await openSession(url)];
  await stopAutovacuum(session);
  await session.ask(`select telltale.create_subscription('s', '{}', gen_random_uuid())`);
  const store = async (count: number): Promise<number> => {
    const before = await countPages('^subscription_checkpoints$', [session.client]);
    for (let done = 0; done < count; done++) {
      await session.ask(`
        select telltale.store_checkpoint('s', 1 + max(generation), '{}', gen_random_uuid())
        from telltale.subscription_checkpoints where name = 's'`);
    }
    return (await countPages('^subscription_checkpoints$', [session.client])) - before;
  };

  await hold(holder);
  await store(150);
  const early = await store(50);
  await store(lasting(1000, 20_000));
  const late = await store(50);

  // From 10 pages each to 14, for an index that is a level deeper; a look at all of them came to 29.
  expect(late).toBeLessThan(early + 50 * 6);
});

test('the inbox is no bigger after the third long snapshot than after the second', async () => {
  const { url } = await createDatabase('size of the inbox');
  const [store, holder, session] = [openStore(url), await openSession(url), await openSession(url)];
  const sizes: number[] = [];

  for (let snapshot = 0; snapshot < 3; snapshot++) {
    await hold(holder);
    for (let filled = 0; filled < lasting(3, 30); filled++) {
      await session.ask(
        `select telltale.publish_event('device.online', 'device', $1, '{}') from generate_series(1, 1000)`,
        [deviceOf(filled)],
      );
      await store.drainInbox();
    }
    const [row] = await session.ask<{ size: number }>(`select pg_total_relation_size('telltale.inbox')::int as size`);
    sizes.push(row?.size ?? 0);
    await holder.ask('commit');
    await session.ask('vacuum telltale.inbox');
  }

  expect(sizes[2]).toBeLessThanOrEqual((sizes[1] ?? 0) * 1.2);
});
