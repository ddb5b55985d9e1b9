/** Invariants 1, 2, 3 and 6 under sixteen writers in three processes, rollbacks, and backends that are killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { dropPartition, listPartitions, openDatabase } from '@telltale/store';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { Account } from './account.ts';
import { findViolations, watch } from './check.ts';
import { startChild } from './child.ts';
import { setClock } from './clock.ts';
import { deviceOf, eventOf } from './fleet.ts';
import { killBackends, openPool } from './load.ts';
import { openSession, type Session } from './session.ts';
import { lasting } from './soak.ts';
import { openStore } from './store.ts';
import { type Outcome, write } from './writer.ts';

const devices = 12;
const duration = lasting(5000, 60_000);

/** Starts eight writers over two stores here, four each in two processes of their own. Answers with how to stop them. */
async function startWriters(url: string, account: Account): Promise<() => Promise<unknown>> {
  const names = Array.from({ length: 16 }, (_, index) => `w${index}`);
  const program = new URL('writing-process.ts', import.meta.url);
  const children = [names.slice(0, 4), names.slice(4, 8)].map((own) =>
    startChild(program, { url, devices, names: own }, (line) => account.note(line as Outcome)),
  );
  await Promise.all(children.map((child) => child.started));
  let stop = false;
  const stopped = (): boolean => stop;
  const pool = openPool(url);
  const stores = [
    openStore(url, { worker: true, connections: 4 }),
    openStore(url, { worker: true, connections: 4 }),
  ] as const;
  const writing = names
    .slice(8)
    .map((name, index) =>
      write({ store: stores[index % 2 === 0 ? 0 : 1], pool, name, devices, stopped, report: account.note }),
    );
  return () => {
    stop = true;
    return Promise.all([...writing, ...children.map((child) => child.finish())]);
  };
}

/** Events of three days ago, so that there is a partition whose time is over. */
async function recordOldEvents(url: string, session: Session): Promise<void> {
  await setClock(session, '-3 days');
  const store = openStore(url);
  await store.publishBatch(Array.from({ length: 20 }, (_, index) => eventOf(deviceOf(index), 'old:0', 'debug')));
  await setClock(session, '0');
}

test(
  'sixteen writers, rollbacks and killed backends leave every acknowledged event once, no hole and no repeat',
  async () => {
    const { url } = await createDatabase('sixteen writers');
    const [checker, killer] = [await openSession(url), await openSession(url)];
    const account = new Account();
    const watching = watch(checker);

    const stopWriters = await startWriters(url, account);
    const isEnough = (kills: number): boolean =>
      kills > 10 && (['stored', 'committed', 'refused'] as const).every((fate) => account.count(fate) > 30);
    const killed = await killBackends(killer, duration, isEnough);
    await stopWriters();
    const { looks, violations } = await watching.stop();
    const store = openStore(url);
    await store.drainInbox();

    expect(violations).toEqual([]);
    expect(await findViolations(checker)).toEqual([]);
    expect(await account.findDifferences(checker)).toEqual([]);
    expect(await store.verify()).toMatchObject({ changed: [], miscounted: [] });
    expect(await checker.ask('select count(*)::int as waiting from telltale.inbox')).toEqual([{ waiting: 0 }]);
    // A load that did nothing would prove nothing.
    expect(killed).toBeGreaterThan(10);
    expect(looks).toBeGreaterThan(5);
    for (const fate of ['stored', 'committed', 'refused'] as const) expect(account.count(fate)).toBeGreaterThan(30);
  },
  duration + 180_000,
);

test('live = head - floor holds at any moment while a partition is dropped under load', async () => {
  const { url } = await createDatabase('a drop under load');
  const [checker, clock] = [await openSession(url), await openSession(url)];
  await recordOldEvents(url, clock);
  const maintenance = openDatabase(url, { role: 'telltale_maintenance' });
  onTestFinished(() => maintenance.close());
  const oldest = (await listPartitions(maintenance)).find((partition) => partition.tier === 'debug');
  const watching = watch(checker, 20);
  const store = openStore(url);
  let stopped = false;
  const pool = openPool(url);
  const writing = write({ store, pool, name: 'w', devices, stopped: () => stopped, report: () => undefined });

  await sleep(300);
  const floors = await dropPartition(maintenance, oldest?.name ?? '');
  await sleep(300);
  stopped = true;
  await writing;

  expect((await watching.stop()).violations).toEqual([]);
  expect(floors).toMatchObject([{ log: 0, tier: 3, tier_position: 20, position: 20 }]);
  expect(await checker.ask('select floor::int from telltale.log_heads where log = 0 and tier = 3')).toEqual([
    { floor: 20 },
  ]);
});
