/** Invariant 2 for readers: a subscriber sees 1 .. head, in order, through writers, kills, restarts and its own failures. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event, Receipt } from '@telltale/catalogue';
import { describe, expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { Account } from './account.ts';
import { startChild } from './child.ts';
import { deviceOf, eventOf } from './fleet.ts';
import { Latch } from './latch.ts';
import { killBackends, openPool } from './load.ts';
import { observer, openSession } from './session.ts';
import { lasting } from './soak.ts';
import { openStore } from './store.ts';
import { type Outcome, write } from './writer.ts';

const devices = 12;
const duration = lasting(3500, 60_000);
const writing = new URL('writing-process.ts', import.meta.url);
const subscribing = new URL('subscribing-process.ts', import.meta.url);

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

const fleetEvents = numbers(1, 5).map((device) => eventOf(deviceOf(device), `of device ${device}`));

const positionOf = (receipt: Receipt): number => (receipt as { position: number }).position;

async function headOf(url: string): Promise<number> {
  const [log] = (await openStore(url).diagnose()).logs;
  return log?.head ?? 0;
}

test(
  'a subscriber under load sees 1 .. head once, in order, and the events of each device in the order of their calls',
  async () => {
    const { url } = await createDatabase('a subscriber');
    const account = new Account();
    const seen: Event[] = [];
    // Nobody kills its connections: then at least once is exactly once.
    const reader = openStore(url, { applicationName: observer });
    reader.subscribe('throughout', (event) => void seen.push(event), { poll: 10, batch: 100 });
    const child = startChild(writing, { url, devices, names: ['w0', 'w1', 'w2', 'w3'] }, (line) =>
      account.note(line as Outcome),
    );
    await child.started;
    let stop = false;
    const stopped = (): boolean => stop;
    const [store, pool] = [openStore(url, { worker: true, connections: 4 }), openPool(url)];
    const own = ['w4', 'w5', 'w6', 'w7'].map((name) =>
      write({ store, pool, name, devices, stopped, report: account.note }),
    );
    await killBackends(await openSession(url), duration, () => seen.length > 100);
    stop = true;
    await Promise.all([...own, child.finish()]);
    await openStore(url).drainInbox();

    const head = await headOf(url);
    await expect.poll(() => seen.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(head);

    expect(seen.map((event) => event.position)).toEqual(numbers(1, head));
    const calls = seen.map((event) => ({ call: String(event.metadata['call']), shard_key: event.shard_key }));
    expect(account.findDisorder(calls)).toEqual([]);
    expect(head).toBeGreaterThan(100);
  },
  duration + 180_000,
);

test('a subscriber that is killed and fails misses nothing, and sees again only what no checkpoint covered', async () => {
  const { url } = await createDatabase('a subscriber that dies');
  const store = openStore(url);
  const batch = 20;
  const positions: number[] = [];
  const task = { url, name: 'mortal', batch, failing: 0.01 };
  const note = (line: unknown): void => void positions.push((line as { position: number }).position);

  let head = 0;
  for (let life = 0; life < lasting(2, 20); life++) {
    const child = startChild(subscribing, task, note);
    const seen = positions.length;
    // It is killed in the middle of something: there is always more to read than it has read.
    while (positions.length < seen + 60) {
      if (positions.length < head - 200) await sleep(10);
      else for (const receipt of await store.publishBatch(fleetEvents)) head = positionOf(receipt);
    }
    await child.kill();
  }
  openStore(url).subscribe('mortal', ({ position }) => void positions.push(position), { batch, poll: 10 });
  await expect.poll(() => positions.at(-1), { timeout: 20_000 }).toBe(head);

  let newest = 0;
  for (const position of positions) {
    expect(position).toBeLessThanOrEqual(newest + 1);
    expect(position).toBeGreaterThan(newest - batch);
    newest = Math.max(newest, position);
  }
  expect(new Set(positions).size).toBe(head);
});

describe('a subscription', () => {
  test('hands an event over again after its handler threw, and nothing behind it before', async () => {
    const { url } = await createDatabase('a handler that throws');
    const store = openStore(url);
    await store.publishBatch(numbers(1, 10).map((event) => eventOf(deviceOf(1), `${event}`)));
    const handled: number[] = [];
    const errors: unknown[] = [];
    let failures = 3;

    store.subscribe(
      'throws',
      ({ position }) => {
        handled.push(position);
        if (position === 5 && failures-- > 0) throw new Error('not yet');
      },
      { poll: 10, onError: (error) => errors.push(error) },
    );
    await expect.poll(() => handled.at(-1), { timeout: 30_000 }).toBe(10);

    const attempt = numbers(1, 5);
    expect(handled).toEqual([...attempt, ...attempt, ...attempt, ...numbers(1, 10)]);
    expect(errors).toHaveLength(3);
  });

  test('goes on behind its checkpoint after any number of checkpoints', async () => {
    const { url } = await createDatabase('many checkpoints');
    const store = openStore(url);
    // Eleven checkpoints a life: the first ends between numbers of one digit and of two.
    for (const life of [0, 1, 2]) {
      const handled: number[] = [];
      const subscriber = openStore(url);
      const subscription = subscriber.subscribe('often', ({ position }) => void handled.push(position), {
        poll: 5,
        batch: 1,
      });
      await store.publishBatch(numbers(1, 11).map((event) => eventOf(deviceOf(1), `${event}`)));
      await expect.poll(() => handled.at(-1), { timeout: 30_000 }).toBe(life * 11 + 11);
      await expect.poll(async () => (await store.subscriptionLag())[0]?.events, { timeout: 30_000 }).toBe(0);
      await subscription.stop();

      expect(handled).toEqual(numbers(life * 11 + 1, life * 11 + 11));
    }
  });

  test('says how many events it is behind', async () => {
    const { url } = await createDatabase('lag');
    const store = openStore(url);
    await store.publishBatch(numbers(1, 30).map((event) => eventOf(deviceOf(1), `${event}`)));
    const released = new Latch();
    const handle = (event: Event): Promise<void> => (event.position > 10 ? released.opened : Promise.resolve());
    store.subscribe('slow', handle, { poll: 10, batch: 10 });
    const lag = async (): Promise<unknown> => (await store.subscriptionLag()).map(({ name, events }) => [name, events]);

    await expect.poll(lag, { timeout: 30_000 }).toEqual([['slow', 20]]);
    await store.publish(eventOf(deviceOf(1), 'one more'));
    expect(await lag()).toEqual([['slow', 21]]);
    released.open();
    await expect.poll(lag, { timeout: 30_000 }).toEqual([['slow', 0]]);
  });
});

describe('of two processes under one name', () => {
  test('one goes on and sees everything, the other ends as SubscriptionFenced', async () => {
    const { url } = await createDatabase('two under one name');
    const publisher = openStore(url);
    const publishOne = (): Promise<unknown> => publisher.publish(eventOf(deviceOf(1), 'one'));
    const handled: number[][] = [[], []];
    const ends: unknown[] = [];
    for (const own of handled) {
      const subscription = openStore(url).subscribe('one name', ({ position }) => void own.push(position), {
        poll: 10,
      });
      subscription.ended.catch((error: unknown) => ends.push(error));
      await expect.poll(() => publishOne().then(() => own.length), { timeout: 30_000 }).toBeGreaterThan(0);
    }

    await expect.poll(() => publishOne().then(() => ends.length), { timeout: 30_000 }).toBe(1);
    const before = await headOf(url);
    await publishOne();
    await expect.poll(() => Math.max(...handled.flat()), { timeout: 30_000 }).toBe(before + 1);

    expect(ends).toMatchObject([{ code: 'SubscriptionFenced' }]);
    expect([...new Set(handled.flat())].toSorted((one, other) => one - other)).toEqual(numbers(1, before + 1));
    expect(handled.filter((own) => own.includes(before + 1))).toHaveLength(1);
  });

  test('one that slept through many checkpoints of the other is fenced when it wakes up', async () => {
    const { url } = await createDatabase('a sleeper');
    const publisher = openStore(url);
    const awake = new Latch();
    const slept: number[] = [];
    const sleeper = openStore(url).subscribe(
      'one name',
      async ({ position }) => {
        slept.push(position);
        await awake.opened;
      },
      { batch: 1, poll: 5 },
    );
    await publisher.publishBatch(numbers(1, 20).map((event) => eventOf(deviceOf(1), `${event}`)));
    await expect.poll(() => slept.length, { timeout: 30_000 }).toBe(1);
    const handled: number[] = [];
    openStore(url).subscribe('one name', ({ position }) => void handled.push(position), { batch: 1, poll: 5 });
    await expect.poll(() => handled.at(-1), { timeout: 30_000 }).toBe(20);

    awake.open();

    await expect(sleeper.ended).rejects.toMatchObject({ code: 'SubscriptionFenced' });
    expect(slept).toEqual([1]);
    expect(handled).toEqual(numbers(1, 20));
  });
});
