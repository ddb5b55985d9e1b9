/** Partitions are made and dropped under load, beside a reader that holds on for seconds, and nobody waits for it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '@telltale/catalogue';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase, testVersions } from '../../../../test/database.ts';
import { type AnyEventStore, dropPartition, type Gap, listPartitions, openDatabase } from '../../src/index.ts';
import { sampleOf, sampleOfEachTier } from './sample.ts';
import { ask, connect, openStore } from './session.ts';

/** How long the reader holds on; whoever waits for it waits longer than the bound below. */
const hold = 2500;
const bound = 1500;

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

/** Runs a call again and again until told to stop; answers with the longest one in milliseconds. */
function repeat(work: () => Promise<unknown>): () => Promise<number> {
  const stopped = new AbortController();
  const done = (async () => {
    let longest = 0;
    while (!stopped.signal.aborted) {
      const from = performance.now();
      await work();
      longest = Math.max(longest, performance.now() - from);
    }
    return longest;
  })();
  return () => {
    stopped.abort();
    return done;
  };
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

    const longReader = await connect(url);
    let dropped = 0;
    for (const day of [1, 2, 3]) {
      await sleep(300);
      await moveClock(day);
      await store.keepHouse();
      await longReader.query('begin isolation level repeatable read');
      await longReader.query('select count(*) from telltale.events');
      const [oldest] = (await listPartitions(maintenance)).filter(({ tier }) => tier === 'debug');
      const dropping = dropPartition(maintenance, oldest?.name ?? '');
      await sleep(day === 2 ? hold : 100);
      await longReader.query('commit');
      await dropping;
      dropped += 1;
    }

    const longestWrite = Math.max(...(await Promise.all(writers.map((stop) => stop()))));
    const longestRead = Math.max(...(await Promise.all([...readers, heads].map((stop) => stop()))));
    const head = (await store.diagnose()).logs[0]?.head ?? 0;
    await expect.poll(() => follower.seen.at(-1)?.position, { timeout: 20_000 }).toBe(head);
    await follower.stop();
    const positions = follower.seen.map((event) => event.position);
    const told = (event: number): boolean => follower.gaps.some((gap) => gap.position >= event);
    const missing = Array.from({ length: head }, (_, index) => index + 1).filter(
      (position) => !positions.includes(position),
    );

    expect(dropped).toBe(3);
    expect(longestWrite).toBeLessThan(bound);
    expect(longestRead).toBeLessThan(bound);
    expect(positions).toEqual([...new Set(positions)].sort((one, other) => one - other));
    expect(missing.filter((position) => !told(position))).toEqual([]);
    expect(await store.verify()).toMatchObject({ changed: [], miscounted: [] });
    console.log(
      `PostgreSQL ${version}: ${head} events; longest append ${Math.round(longestWrite)} ms, longest read ${Math.round(longestRead)} ms, beside a drop that waited ${hold} ms`,
    );
  },
);
