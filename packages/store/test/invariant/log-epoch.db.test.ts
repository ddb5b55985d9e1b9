/** Invariants 2 and 3 from epoch to epoch: whichever way events come, whatever the clock does, and without a deadlock. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Event, type EventInput, TelltaleError } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { Account } from './account.ts';
import { findViolations, watch } from './check.ts';
import { startChild } from './child.ts';
import { setClock } from './clock.ts';
import { deviceOf, eventOf } from './fleet.ts';
import { openPool } from './load.ts';
import { observer, openSession, waitForLock } from './session.ts';
import { lasting } from './soak.ts';
import { openStore } from './store.ts';
import { type Outcome, write } from './writer.ts';

const devices = 40;
const step = lasting(800, 15_000);

/** Events that do not stand in the log where their epoch would have them: shard keys go by their last four bytes. */
const findStrays = `
  select e.log, e.position, e.shard_key
  from telltale.recorded_events e
  cross join lateral (
    select logs from telltale.log_epochs
    where e.position > coalesce(heads[array_position(head_logs, e.log)], 0)
    order by epoch desc limit 1
  ) epoch
  where e.log <> logs[1 + ('x' || right(e.shard_key::text, 8))::bit(32)::bigint % cardinality(logs)]`;

/** Every event of the log, page by page, by a reader who comes afterwards. */
async function readEverything(store: AnyEventStore, limit: number): Promise<Event[]> {
  const events: Event[] = [];
  for (let cursor: string | null = null, atHead = false; !atHead; ) {
    const page = await store.readAll(cursor, {}, { limit });
    events.push(...page.events);
    ({ cursor, atHead } = page);
  }
  return events;
}

const asCall = (event: Event): { call: string; shard_key: string } => ({
  call: String(event.metadata['call']),
  shard_key: event.shard_key,
});

test(
  'events that come directly, in transactions and from SQL while logs are raised are all there, each in the log of its epoch',
  async () => {
    const { url } = await createDatabase('raised under load');
    const account = new Account();
    const [checker, lookup] = [await openSession(url), await openSession(url)];
    const watching = watch(checker);
    const seen: Event[] = [];
    openStore(url, { applicationName: observer }).subscribe('throughout', (event) => void seen.push(event), {
      poll: 10,
      batch: 50,
    });
    const child = startChild(
      new URL('writing-process.ts', import.meta.url),
      { url, devices, names: ['w0', 'w1', 'w2'] },
      (line) => account.note(line as Outcome),
    );
    await child.started;
    let stop = false;
    const stopped = (): boolean => stop;
    const [store, pool] = [openStore(url, { worker: true, connections: 4 }), openPool(url)];
    const own = ['w3', 'w4', 'w5'].map((name) => write({ store, pool, name, devices, stopped, report: account.note }));
    const raiser = openStore(url);

    const epochs: number[] = [];
    for (const count of [4, 16]) {
      await sleep(step);
      epochs.push(await raiser.raiseLogCount(count));
    }
    await sleep(step);
    stop = true;
    await Promise.all([...own, child.finish()]);
    await raiser.drainInbox();

    expect(epochs).toEqual([2, 3]);
    expect((await watching.stop()).violations).toEqual([]);
    expect(await findViolations(checker)).toEqual([]);
    expect(await account.findDifferences(lookup)).toEqual([]);
    expect(await lookup.ask(findStrays)).toEqual([]);
    expect(await raiser.verify()).toMatchObject({ changed: [], miscounted: [] });
    const [{ events: total, logs } = { events: 0, logs: 0 }] = await lookup.ask<{ events: number; logs: number }>(
      'select count(*)::int as events, count(distinct log)::int as logs from telltale.recorded_events',
    );
    expect(logs).toBe(16);
    await expect.poll(() => seen.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(total);
    for (const events of [seen, await readEverything(raiser, 7), await readEverything(raiser, 10_000)]) {
      expect(new Set(events.map((event) => `${event.log} ${event.position}`)).size).toBe(total);
      expect(events).toHaveLength(total);
      expect(account.findDisorder(events.map(asCall))).toEqual([]);
    }
  },
  step * 3 + 180_000,
);

/** Thirty devices, forwards or backwards. */
function mixedBatch(round: number, writer: number): EventInput[] {
  const events = Array.from({ length: 30 }, (_, event) => eventOf(deviceOf(event), `${writer}:${round * 30 + event}`));
  return writer % 2 === 0 ? events : events.toReversed();
}

test('batches that mix devices of many logs, in any order, from many processes, never deadlock', async () => {
  const { url } = await createDatabase('mixed batches');
  await openStore(url).raiseLogCount(16);
  const stores = [1, 2, 3, 4].map(() => openStore(url, { connections: 2 }));
  const session = await openSession(url);
  await Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      for (let round = 0; round < 10; round++) {
        await (stores[writer % 4] as AnyEventStore).publishBatch(mixedBatch(round, writer));
      }
    }),
  );

  expect(await findViolations(session)).toEqual([]);
  // A backend's counts reach the statistics when it ends.
  await Promise.all(stores.map((store) => store.close()));
  const deadlocks = `select deadlocks::int from pg_stat_database where datname = current_database()`;
  expect(await session.ask(deadlocks)).toEqual([{ deadlocks: 0 }]);
});

test('the count only rises, and two who raise it at once do not undo each other', async () => {
  const { url } = await createDatabase('raised at once');
  const stores = [openStore(url), openStore(url)];

  const settled = await Promise.allSettled(stores.map((store, index) => store.raiseLogCount(index === 0 ? 4 : 8)));

  for (const one of settled) {
    if (one.status === 'rejected') expect((one.reason as TelltaleError).code).toBe('InvalidArgument');
  }
  await expect(stores[0]?.raiseLogCount(8)).rejects.toMatchObject({ code: 'InvalidArgument' });
  const session = await openSession(url);
  expect(await session.ask('select count(*)::int as logs from telltale.logs')).toEqual([{ logs: 8 }]);
});

test('raising the count waits for the batches under way, and batches wait for it', async () => {
  const { url } = await createDatabase('raised behind a batch');
  const store = openStore(url);
  const session = await openSession(url);
  await session.ask('select pg_advisory_lock(1413829716, 0)');

  const raising = store.raiseLogCount(4);
  await waitForLock(session, 1);
  const publishing = store.publishBatch(mixedBatch(0, 0));
  await waitForLock(session, 2);
  await session.ask('select pg_advisory_unlock(1413829716, 0)');
  await Promise.all([raising, publishing]);

  expect(await session.ask(findStrays)).toEqual([]);
  expect(await session.ask('select count(distinct log)::int as logs from telltale.recorded_events')).toEqual([
    { logs: 4 },
  ]);
});

test('a device stays in order across an epoch although the clock goes back at that moment', async () => {
  const { url } = await createDatabase('a clock and an epoch');
  const store = openStore(url);
  const session = await openSession(url);
  for (const [round, count] of [1, 3, 7].entries()) {
    await setClock(session, `-${round * 10} minutes`);
    if (count > 1) await store.raiseLogCount(count);
    await store.publishBatch(mixedBatch(round, 0));
  }

  for (const limit of [5, 1000]) {
    const events = await readEverything(store, limit);
    expect(events).toHaveLength(90);
    expect(new Account().findDisorder(events.map(asCall))).toEqual([]);
  }
});
