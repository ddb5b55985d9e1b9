/** A read that takes too long ends, says so, and leaves nothing behind. */
import { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { createDatabase, useDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, EventStore, openDatabase } from '../../src/index.ts';
import { bounded } from '../../src/read/bounded.ts';
import { connect, openStore } from '../sql/session.ts';
import { eventOf, secondOf } from '../state/history.ts';

const sleep = { text: 'select pg_sleep(5)' };
const hint = 'ask for a shorter time';

describe('a bounded read', () => {
  const database = useDatabase('bounded');

  test('is given up after its own milliseconds, with a hint how to narrow it', async () => {
    const pool = openDatabase(database.url, { connections: 1 });

    await expect(bounded(pool, 50, hint, (session) => session.query(sleep))).rejects.toMatchObject({
      code: 'QueryTooExpensive',
      message: expect.stringContaining(`within 50 ms (found: none, PostgreSQL stopped the statement); ${hint}`),
    });
    // The only connection is back in the pool, without the bound.
    expect(await pool.query({ text: 'show statement_timeout' })).toEqual([{ statement_timeout: '30s' }]);
    await pool.close();
  });

  test("without milliseconds, is given up at the connection's own", async () => {
    const pool = openDatabase(database.url, { connections: 1, statementTimeout: 50 });

    await expect(bounded(pool, null, hint, (session) => session.query(sleep))).rejects.toMatchObject({
      code: 'QueryTooExpensive',
    });
    await pool.close();
  });

  test('that waits for a lock is told of the lock, not to ask for less', async () => {
    const client = await connect(database.url);
    await client.query('begin; lock table telltale.settings');
    const pool = openDatabase(database.url, { connections: 1, statementTimeout: 60_000 });
    const read = bounded(pool, null, hint, async (session) => {
      await session.script('set lock_timeout = 50');
      return session.query({ text: 'select * from telltale.settings' });
    });

    await expect(read).rejects.toMatchObject({ code: 'StatementTimeout' });
    await client.query('rollback');
    await pool.close();
  });

  test("a search over the caller's own pool, which bounds nothing, is given up as well", async () => {
    const connection = new Pool({ connectionString: database.url });
    const store: AnyEventStore = new EventStore({ connection, queryTimeout: 300, worker: false });
    const holder = await connect(database.url);
    await store.search();
    await holder.query('begin; lock table telltale.segments in access exclusive mode');

    await expect(store.search()).rejects.toMatchObject({ code: 'QueryTooExpensive' });
    await expect(store.fullTextSearch('pump')).rejects.toMatchObject({ code: 'QueryTooExpensive' });

    await holder.query('rollback');
    expect(await store.search()).toEqual([]);
    await store.close();
    await connection.end();
  });

  test('answers with what the work answers, and throws what it throws', async () => {
    const pool = openDatabase(database.url, { connections: 1 });

    for (const milliseconds of [null, 1000]) {
      expect(await bounded(pool, milliseconds, hint, async () => 7)).toBe(7);
      await expect(
        bounded(pool, milliseconds, hint, (session) => session.query({ text: 'select 1/0' })),
      ).rejects.toMatchObject({ code: '22012' });
    }
    await pool.close();
  });
});

describe('a state whose statement does not end in time', () => {
  const device = '0192f0c1-7a52-7c3e-9b1a-000000000001';
  const refused = {
    code: 'QueryTooExpensive',
    message: expect.stringContaining(
      'within 1000 ms (found: none, PostgreSQL stopped the statement); ask for an earlier',
    ),
  };

  test.each<[string, (store: AnyEventStore) => Promise<unknown>]>([
    ['createSnapshot', (store) => store.createSnapshot(device, secondOf(9))],
    ['compareStates', (store) => store.compareStates(device, secondOf(1), secondOf(9))],
    ['replayEvents', (store) => store.replayEvents(device, secondOf(1), secondOf(9), {})],
  ])('makes %s say how to narrow it, and the next answer comes', async (_name, ask) => {
    const { url } = await createDatabase('bounded state');
    const store = openStore(url, { connections: 1, queryTimeout: 1000 });
    await store.publish(eventOf(device, 0, secondOf(2)));
    const holder = await connect(url);
    await holder.query('begin; lock table telltale.device_snapshots');

    await expect(ask(store)).rejects.toMatchObject(refused);
    await holder.query('rollback');
    // The bound was the question's alone, not the connection's.
    await expect(store.createSnapshot(device, secondOf(9))).resolves.toMatchObject({ event_count: 1 });
  });

  test('makes replayEvents say so in the middle, when handlers have run', async () => {
    const { url } = await createDatabase('bounded replay');
    const store = openStore(url, { queryTimeout: 1000 });
    await store.publishBatch(Array.from({ length: 600 }, (_, n) => eventOf(device, n, secondOf(n))));
    const holder = await connect(url);
    let handled = 0;
    const replay = store.replayEvents(device, secondOf(0), secondOf(600), {
      '*': async () => {
        if (handled++ === 0) await holder.query('begin; lock table telltale.log_floors');
      },
    });

    await expect(replay).rejects.toMatchObject(refused);
    expect(handled).toBe(500);
    await holder.query('rollback');
  });
});
