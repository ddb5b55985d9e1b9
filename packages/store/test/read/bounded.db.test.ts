/** A read that takes too long ends, says so, and leaves nothing behind. */
import { describe, expect, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';
import { openDatabase } from '../../src/index.ts';
import { bounded } from '../../src/read/bounded.ts';
import { connect } from '../sql/session.ts';

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
