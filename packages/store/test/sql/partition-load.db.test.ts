/** Partitions are made and dropped under load, beside a reader that holds on for seconds, and nobody waits for it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '@telltale/catalogue';
import type { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase, testVersions } from '../../../../test/database.ts';
import { type AnyEventStore, dropPartition, type Gap, listPartitions, openDatabase } from '../../src/index.ts';
import { sampleOf, sampleOfEachTier } from './sample.ts';
import { ask, connect, openStore } from './session.ts';

/** How long the reader holds on at least; a drop is in the middle of its waiting by then. */
const hold = 1000;

/** A clock that the test moves without touching a function, which would make every session plan again. */
async function installClock(url: string): Promise<(days: number) => Promise<unknown>> {
  await ask(
    url,
    'create table public.clock_offset (days integer); insert into public.clock_offset values (0); grant select on public.clock_offset to public',
  );
  await ask(
    url,
    `create or replace function telltale.clock() returns timestamptz language sql volatile
     return clock_timestamp() + (select days from public.clock_offset) * interval '1 day'`,
  );
  return (days) => ask(url, 'update public.clock_offset set days = $1', [days]);
}

interface Repeated {
  /** How often the call has ended. */
  readonly calls: () => number;
  readonly stop: () => Promise<void>;
}

/** Runs a call again and again until told to stop. */
function repeat(work: () => Promise<unknown>): Repeated {
  const stopped = new AbortController();
  let calls = 0;
  const done = (async () => {
    for (; !stopped.signal.aborted; calls++) await work();
  })();
  const stop = (): Promise<void> => {
    stopped.abort();
    return done;
  };
  return { calls: () => calls, stop };
}

/** Every one of them begins and ends a call from now on: two, since the first may have begun before. */
async function expectProgress(all: readonly Repeated[]): Promise<void> {
  const before = all.map(({ calls }) => calls());
  await expect
    .poll(() => all.every(({ calls }, index) => calls() > (before[index] ?? 0) + 1), { timeout: 30_000 })
    .toBe(true);
}

/** Looks twenty times, so many milliseconds long, how many wait for a table, the drop included. */
async function countWaiting(session: Client, milliseconds: number): Promise<number> {
  let waiting = 0;
  for (let look = 0; look < 20; look++) {
    const { rowCount } = await session.query(
      `select from pg_locks where locktype = 'relation' and not granted
         and database = (select oid from pg_database where datname = current_database())`,
    );
    waiting += rowCount ?? 0;
    await sleep(milliseconds / 20);
  }
  return waiting;
}

/** Follows the log and keeps what it saw and what it was told is gone. */
function follow(store: AnyEventStore): { seen: Event[]; gaps: Gap[]; stop: () => Promise<void> } {
  const seen: Event[] = [];
  const gaps: Gap[] = [];
  const subscription = store.subscribe('follower', (event) => void seen.push(event), {
    poll: 10,
    onGap: (gap) => void gaps.push(gap),
  });
  return { seen, gaps, stop: () => subscription.stop() };
}

test.each(testVersions())(
  'on PostgreSQL %i neither writers nor readers wait for a drop, and every event is seen once',
  async (version) => {
    const { url } = await createDatabase('load', { version });
    const moveClock = await installClock(url);
    const store = openStore(url, { clockBound: '100 years', role: 'telltale_application', connections: 8 });
    const maintenance = openDatabase(url, { role: 'telltale_maintenance', connections: 2 });
    onTestFinished(() => maintenance.close());
    await store.publishBatch(sampleOfEachTier(randomUUID()));
    const follower = follow(store);
    const devices = [randomUUID(), randomUUID(), randomUUID()];
    const writers = devices.map((device) =>
      repeat(() => store.publishBatch([sampleOf('debug', device), ...sampleOfEachTier(device)])),
    );
    const readers = devices.map((device) =>
      repeat(() => store.readStream({ deviceUuid: device }, { limit: 5, backward: true })),
    );
    const heads = repeat(() => store.readAll(null, {}, { limit: 5 }));
    const busy = [...writers, ...readers, heads];

    const longReader = await connect(url);
    let dropped = 0;
    for (const day of [1, 2, 3]) {
      await sleep(300);
      await moveClock(day);
      await store.keepHouse();
      await longReader.query('begin isolation level repeatable read');
      await longReader.query('select count(*) from telltale.events');
      const [oldest] = (await listPartitions(maintenance)).filter(({ tier }) => tier === 'debug');
      let ended = false;
      const dropping = dropPartition(maintenance, oldest?.name ?? '').finally(() => (ended = true));
      expect(await countWaiting(longReader, day === 2 ? hold : 200)).toBe(0);
      await expectProgress(busy);
      expect(ended).toBe(false);
      await longReader.query('commit');
      await dropping;
      dropped += 1;
    }

    await Promise.all(busy.map(({ stop }) => stop()));
    const head = (await store.diagnose()).logs[0]?.head ?? 0;
    await expect.poll(() => follower.seen.at(-1)?.position, { timeout: 20_000 }).toBe(head);
    await follower.stop();
    const positions = follower.seen.map((event) => event.position);
    const told = (event: number): boolean => follower.gaps.some((gap) => gap.position >= event);
    const missing = Array.from({ length: head }, (_, index) => index + 1).filter(
      (position) => !positions.includes(position),
    );

    expect(dropped).toBe(3);
    expect(positions).toEqual([...new Set(positions)].sort((one, other) => one - other));
    expect(missing.filter((position) => !told(position))).toEqual([]);
    expect(await store.verify()).toMatchObject({ changed: [], miscounted: [] });
  },
);
