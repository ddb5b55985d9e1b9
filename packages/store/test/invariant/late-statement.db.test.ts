/** A statement that was given up, sent again, and then runs after all: the server may hold it longer than the client. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { EventStore } from '../../src/index.ts';

interface Sent {
  readonly text: string;
  readonly name?: string;
  readonly values?: unknown[];
}

/** A pool whose first append is kept instead of sent, as if the connection had broken with the statement on its way. */
function losingPool(pool: pg.Pool): { pool: pg.Pool; lost: Sent[] } {
  const lost: Sent[] = [];
  const query = (config: Sent): Promise<unknown> => {
    if (config.name !== 'telltale_append_events' || lost.length > 0) return pool.query(config);
    lost.push(config);
    return Promise.reject(Object.assign(new Error('the connection was reset'), { code: 'ECONNRESET' }));
  };
  return { pool: Object.assign(Object.create(pool), { query }), lost };
}

test.each([
  ['one event', 1],
  ['a batch', 3],
])('%s whose statement runs late is stored once', async (_, count) => {
  const { url } = await createDatabase('late statement');
  const real = new pg.Pool({ connectionString: url, max: 2 });
  const { pool, lost } = losingPool(real);
  const store = new EventStore({ connection: pool, worker: false });
  const events = Array.from({ length: count }, () => ({
    event_type: 'device.heartbeat' as const,
    device_uuid: randomUUID(),
    data: {},
  }));

  const receipts = await store.publishBatch(events);
  const { rows } = await real.query<{ outcome: object }>(lost[0] as Sent);

  expect(receipts.map(({ status }) => status)).toEqual(events.map(() => 'stored'));
  expect(rows[0]?.outcome).toHaveProperty('duplicates');
  expect((await store.readAll()).events).toHaveLength(count);
  await store.close();
  await real.end();
});
