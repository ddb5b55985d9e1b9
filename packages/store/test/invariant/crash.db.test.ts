/** Invariant 1: what was acknowledged is there after kill -9 of the process, of PostgreSQL, and of the wire between them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt } from '@telltale/catalogue';
import { migrate } from '@telltale/store';
import { expect, test } from 'vitest';
import { startCluster } from '../../../../test/cluster.ts';
import { createDatabase } from '../../../../test/database.ts';
import { Account } from './account.ts';
import { findViolations } from './check.ts';
import { startChild } from './child.ts';
import { deviceOf, eventOf } from './fleet.ts';
import { startProxy } from './proxy.ts';
import { openSession, type Session, waitForLock } from './session.ts';
import { lasting } from './soak.ts';
import { openStore } from './store.ts';
import type { Outcome } from './writer.ts';

const program = new URL('writing-process.ts', import.meta.url);
const devices = 12;

/** Moves what is left in the inbox, then everything must be as it was acknowledged. */
async function expectWhole(url: string, session: Session, account: Account): Promise<void> {
  const store = openStore(url);
  await store.drainInbox();
  expect(await findViolations(session)).toEqual([]);
  expect(await account.findDifferences(session)).toEqual([]);
  expect(await store.verify()).toMatchObject({ changed: [], miscounted: [] });
}

test('what writers were told is recorded, and no batch is half there, when their process is killed', async () => {
  const { url } = await createDatabase('a killed process');
  const account = new Account();
  const session = await openSession(url);

  for (let life = 0; life < lasting(2, 20); life++) {
    const names = [0, 1, 2, 3].map((writer) => `life ${life} writer ${writer}`);
    const child = startChild(program, { url, devices, names }, (line) => account.note(line as Outcome));
    await child.started;
    const before = account.count('stored');
    await expect.poll(() => account.count('stored'), { timeout: 30_000 }).toBeGreaterThan(before + 15);
    await sleep(life * 50);
    await child.kill();
  }

  await expectWhole(url, session, account);
  expect(account.count('stored')).toBeGreaterThan(30);
});

test(
  'what writers were told is recorded when PostgreSQL is killed, and they go on by themselves when it is back',
  async () => {
    const cluster = await startCluster();
    await migrate(cluster.url);
    const account = new Account();
    const child = startChild(program, { url: cluster.url, devices, names: ['w0', 'w1', 'w2', 'w3'] }, (line) =>
      account.note(line as Outcome),
    );
    await child.started;

    for (let life = 0; life < lasting(2, 10); life++) {
      await sleep(lasting(700, 3000));
      await cluster.kill();
      await cluster.restart();
      const before = account.count('stored');
      await expect.poll(() => account.count('stored'), { timeout: 20_000 }).toBeGreaterThan(before + 10);
    }
    await child.finish();

    await expectWhole(cluster.url, await openSession(cluster.url), account);
  },
  lasting(60_000, 180_000),
);

test('a receipt means that the disk has it, also where synchronous_commit is off', async () => {
  // The write-ahead log is written every 10 s: what was not flushed for the receipt is lost for certain.
  const cluster = await startCluster({ settings: { synchronous_commit: 'off', wal_writer_delay: '10s' } });
  await migrate(cluster.url);
  const store = openStore(cluster.url);
  const receipts: Receipt[] = [];

  for (let call = 0; call < 50; call++) receipts.push(await store.publish(eventOf(deviceOf(call), `call:${call}`)));
  await cluster.kill();
  await cluster.restart();

  const session = await openSession(cluster.url);
  const recorded = await session.ask<{ event_id: string }>(
    'select event_id from telltale.recorded_events order by position',
  );
  expect(recorded.map((row) => row.event_id)).toEqual(receipts.map((receipt) => receipt.event_id));
});

test('an event whose answer was lost on the way is recorded once, and its publisher gets the receipt', async () => {
  const { url } = await createDatabase('a lost answer');
  const proxy = await startProxy(url);
  const store = openStore(proxy.url, { connections: 1 });
  const session = await openSession(url);
  const first = await store.publish(eventOf(deviceOf(1), 'before'));

  proxy.loseNextAnswer();
  const receipt = await store.publish(eventOf(deviceOf(1), 'lost'));

  expect(receipt).toMatchObject({ status: 'duplicate', position: 2 });
  const events = await session.ask('select event_id from telltale.recorded_events order by position');
  expect(events).toEqual([{ event_id: first.event_id }, { event_id: receipt.event_id }]);
});

test('a statement that goes on after its connection broke does not record its events a second time', async () => {
  const { url } = await createDatabase('a broken wire');
  const proxy = await startProxy(url);
  const store = openStore(proxy.url, { connections: 1 });
  const session = await openSession(url);
  await store.publish(eventOf(deviceOf(1), 'before'));

  await session.ask('select pg_advisory_lock(1413829716, 0)');
  const publishing = store.publish(eventOf(deviceOf(1), 'twice on its way'));
  await waitForLock(session, 1);
  proxy.cut();
  await waitForLock(session, 2);
  await session.ask('select pg_advisory_unlock(1413829716, 0)');
  const receipt = await publishing;

  expect(receipt).toMatchObject({ position: 2 });
  expect(await session.ask('select count(*)::int as events from telltale.recorded_events')).toEqual([{ events: 2 }]);
});
