/** What cannot be delivered is told, with the reason, and the stream goes on behind it. */
import { dropPartition, openDatabase } from '@telltale/store';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { type Following, newDevice, numbered, numbersOf, openFollowing } from './following.ts';
import type { SseReader } from './sse-reader.ts';

const has =
  (count: number) =>
  ({ events }: SseReader): boolean =>
    events.length >= count;

async function ask<Row>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

const setClock = (url: string, days: number): Promise<unknown> =>
  ask(
    url,
    `create or replace function telltale.clock() returns timestamptz language sql volatile
    return clock_timestamp() + interval '${days} days'`,
  );

/** Drops the partition that the oldest event stands in. */
async function dropOldest({ url }: Following, table: string): Promise<void> {
  const [oldest] = await ask<{ name: string }>(
    url,
    `select c.relname as name from telltale.${table} e join pg_class c on c.oid = e.tableoid order by e.position limit 1`,
  );
  const maintenance = openDatabase(url, { role: 'telltale_maintenance', connections: 2 });
  onTestFinished(() => maintenance.close());
  await dropPartition(maintenance, oldest?.name ?? '');
}

test('a cursor behind retention is told what tier has expired, once, and gets all that is left', async () => {
  const serving = await openFollowing('gap expired');
  const { store, url, follow } = serving;
  const device = newDevice();
  await store.publishBatch([1, 2].map((number) => numbered(device, number)));
  const first = await follow('/api/v1/events/stream?last=2');
  await first.until(has(2));
  first.close();
  await setClock(url, 120);
  await store.confirmClock();
  await store.publish(numbered(device, 3));
  const [tier] = first.events.map(({ retention_tier: of }) => of);
  await dropOldest(serving, `events_${tier}`);

  const reader = await follow('/api/v1/events/stream', { lastEventId: first.messages[0]?.id });
  await reader.until(has(1));

  expect(numbersOf(reader)).toEqual([3]);
  expect(reader.gaps).toEqual([{ reason: 'expired', tier }]);
});

test('a cursor ahead of a log that was restored is told so, and gets what was recorded since', async () => {
  const serving = await openFollowing('gap ahead');
  const { store, url, follow } = serving;
  const device = newDevice();
  await store.publishBatch([1, 2].map((number) => numbered(device, number)));
  await store.publishBatch([3, 4].map((number) => numbered(device, number)));
  const first = await follow('/api/v1/events/stream?last=4');
  await first.until(has(4));
  first.close();
  await restoreTo(url, 2);
  await store.publishBatch([5, 6].map((number) => numbered(device, number)));

  const reader = await follow('/api/v1/events/stream', { lastEventId: first.lastEventId });
  await reader.until(has(2));

  expect(reader.gaps).toEqual([{ reason: 'cursor_ahead' }]);
  expect(numbersOf(reader)).toEqual([5, 6]);
});

test('a stream that is open while the database is restored is told so, and goes on', async () => {
  const serving = await openFollowing('gap ahead open');
  const { store, url, follow } = serving;
  const device = newDevice();
  await store.publishBatch([1, 2].map((number) => numbered(device, number)));
  const reader = await follow('/api/v1/events/stream?last=2');
  await reader.until(has(2));
  await store.publish(numbered(device, 3));
  await reader.until(has(3));
  await restoreTo(url, 2);
  await store.publish(numbered(device, 4));

  await reader.until(has(4));

  expect(reader.gaps).toEqual([{ reason: 'cursor_ahead' }]);
  expect(numbersOf(reader)).toEqual([1, 2, 3, 4]);
});

/** As a backup brought back would be: what came behind the position is gone, and a new incarnation begins there. */
async function restoreTo(url: string, position: number): Promise<void> {
  const tables = ['critical', 'important', 'standard', 'debug'].map((tier) => `telltale.events_${tier}`);
  const cuts = tables.map(
    (table) => `alter table ${table} disable trigger all; delete from ${table} where "position" > ${position};`,
  );
  await ask(
    url,
    `set session_replication_role = replica;
    delete from telltale.log_batches where last_position > ${position};
    ${cuts.join('\n')}
    select telltale.raise_incarnation()`,
  );
}
