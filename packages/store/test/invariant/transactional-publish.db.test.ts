/** Invariants 2 and 3 for events of other transactions: durable with them, behind them, and nobody waits for them. */
import type { AnyEventStore } from '@telltale/store';
import { beforeEach, describe, expect, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';
import { deviceOf, eventOf } from './fleet.ts';
import { openSession, type Session, waitForLock } from './session.ts';
import { openStore } from './store.ts';

const database = useDatabase('transactional publish');

/** Each test has a device of its own, and one that it has nothing to do with. */
let device = '';
let bystander = '';
let tests = 0;
beforeEach(() => {
  tests += 1;
  device = deviceOf(tests);
  bystander = deviceOf(1000 + tests);
});

/** The calls of the device's events in the order of the log. */
async function callsOf(session: Session): Promise<string[]> {
  const rows = await session.ask<{ call: string }>(
    `select context ->> 'call' as call from telltale.recorded_events where shard_key = $1 order by position`,
    [device],
  );
  return rows.map(({ call }) => call);
}

const publishFromSql = (session: Session, call: string): Promise<unknown> =>
  session.ask(`select telltale.publish_event('device.online', 'device', $1, '{}', p_metadata => $2)`, [
    device,
    JSON.stringify({ call }),
  ]);

/** Publishes inside a transaction that stays open until the answer is called. */
async function publishAsleep(store: AnyEventStore, session: Session, call: string): Promise<() => Promise<unknown>> {
  await session.ask('begin');
  await store.publish(eventOf(device, call), { transaction: session.client });
  return () => session.ask('commit');
}

test('nobody waits for a caller that sleeps in its transaction', async () => {
  const { url } = database;
  const [store, other] = [openStore(url, { worker: true }), openStore(url)];
  const [sleeper, sql] = [await openSession(url), await openSession(url)];
  const commit = await publishAsleep(store, sleeper, 'asleep');

  for (let call = 0; call < 25; call++) {
    for (const publish of [
      () => store.publish(eventOf(device, `same device ${call}`)),
      () => other.publish(eventOf(bystander, `other device ${call}`)),
      () => publishFromSql(sql, `from SQL ${call}`),
    ]) {
      await publish();
    }
  }

  // The sleeper sleeps on until here: what waited for it would have waited for ever.
  await commit();
  await store.drainInbox();
  expect(await callsOf(sql)).toHaveLength(51);
});

describe.each(['the library', 'SQL'] as const)('an event that was put into the inbox by %s', (by) => {
  const enqueue = async (store: AnyEventStore, session: Session, call: string): Promise<unknown> =>
    by === 'SQL'
      ? publishFromSql(session, call)
      : store.publish(eventOf(device, call), { transaction: session.client });

  test.each([
    ['in the same process', { worker: false, same: true }],
    ['in another process', { worker: false, same: false }],
    ['beside a mover', { worker: true, same: false }],
  ])('comes before a direct publish of its device after its commit, %s', async (_, { worker, same }) => {
    const { url } = database;
    const store = openStore(url, { worker });
    const direct = same ? store : openStore(url, { worker });
    const session = await openSession(url);
    const expected: string[] = [];

    for (let round = 0; round < 12; round++) {
      await session.ask('begin');
      await enqueue(store, session, `${round} in a transaction`);
      await session.ask('commit');
      await direct.publish(eventOf(device, `${round} direct`));
      expected.push(`${round} in a transaction`, `${round} direct`);
    }

    expect(await callsOf(session)).toEqual(expected);
  });

  test('never appears when its transaction is rolled back', async () => {
    const { url } = database;
    const store = openStore(url, { worker: true });
    const session = await openSession(url);

    await session.ask('begin');
    await enqueue(store, session, 'rolled back');
    await session.ask('rollback');
    await session.ask('begin');
    await session.ask('savepoint before');
    await enqueue(store, session, 'rolled back to a savepoint');
    await session.ask('rollback to savepoint before');
    await enqueue(store, session, 'kept');
    await session.ask('commit');
    await store.publish(eventOf(device, 'direct'));
    await store.drainInbox();

    expect(await callsOf(session)).toEqual(['kept', 'direct']);
  });
});

test('events of one device leave the inbox in the order in which they came', async () => {
  const { url } = database;
  const store = openStore(url);
  const session = await openSession(url);
  // Numbers of six digits and of seven, which sort otherwise as text.
  await session.ask(`select setval('telltale.inbox_id', 999970)`);
  const calls = Array.from({ length: 60 }, (_, call) => `call ${call}`);
  for (const call of calls) await publishFromSql(session, call);

  expect(await store.drainInbox()).toEqual({ moved: 60, quarantined: 0, left: [] });

  expect(await callsOf(session)).toEqual(calls);
});

test.each(['drainInbox', 'a direct publish'])(
  'a device with more waiting events than one move takes is moved by %s',
  async (by) => {
    const { url } = database;
    const store = openStore(url);
    const session = await openSession(url);
    const calls = Array.from({ length: 1100 }, (_, call) => `call ${call}`);
    await session.ask(
      `select telltale.publish_event('device.online', 'device', $1, '{}', p_metadata => jsonb_build_object('call', call))
     from unnest($2::text[]) with ordinality as calls (call, place) order by place`,
      [device, calls],
    );

    if (by === 'drainInbox') await store.drainInbox();
    else await store.publish(eventOf(device, 'direct'));

    expect(await callsOf(session)).toEqual(by === 'drainInbox' ? calls : [...calls, 'direct']);
  },
);

test('a transaction that commits while later events of its device are being moved is moved with them', async () => {
  const { url } = database;
  const store = openStore(url);
  const [late, early, lock] = [await openSession(url), await openSession(url), await openSession(url)];
  const commit = await publishAsleep(store, late, 'began first');
  await publishFromSql(early, 'committed first');

  // The mover has read the inbox and waits for the log when the older row appears.
  await lock.ask('select pg_advisory_lock(1413829716, 0)');
  const moving = store.drainInbox();
  await waitForLock(lock);
  await commit();
  await lock.ask('select pg_advisory_unlock(1413829716, 0)');
  await moving;
  await store.drainInbox();

  expect((await callsOf(lock)).toSorted()).toEqual(['began first', 'committed first']);
});
