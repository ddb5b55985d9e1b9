/** The benchmark's contenders do what they are timed for: all that was sent is in their tables when the clock stops. */
import { expect, test } from 'vitest';
import { withClient } from '../../bench/connection.ts';
import type { Contender } from '../../bench/contender.ts';
import { emmett } from '../../bench/emmett.ts';
import { benchEvents } from '../../bench/event.ts';
import { functionCall } from '../../bench/function-call.ts';
import { rawCopy } from '../../bench/raw-copy.ts';
import { everything, publish, publishBatch, sqlFunction, transactional } from '../../bench/telltale.ts';
import { createDatabase } from '../database.ts';

const events = benchEvents(120, 3);

const contenders: readonly (readonly [contender: Contender, table: string, batch: number])[] = [
  [rawCopy('text'), 'raw', 50],
  [rawCopy('jsonb'), 'raw', 50],
  [functionCall, 'events', 1],
  [emmett, 'emt_messages', 50],
  [publishBatch, 'telltale.events', 50],
  [everything, 'telltale.events', 50],
  [publish, 'telltale.events', 1],
  [transactional, 'telltale.events', 1],
  [sqlFunction, 'telltale.events', 1],
];

for (const [contender, table, batch] of contenders) {
  test(`${contender.name} has stored every event when its run ends`, async () => {
    const { url } = await createDatabase(contender.name, { empty: true });
    await contender.setup(url);
    const session = await contender.open(url, { batch, callers: 3 });

    await session.run(events);
    await session.close();

    const { rows } = await withClient(url, (client) => client.query(`select count(*)::int as count from ${table}`));
    expect(rows).toEqual([{ count: events.length }]);
  });
}

test('a larger number of logs is really used', async () => {
  const { url } = await createDatabase('several logs', { empty: true });
  await publishBatch.setup(url);
  const session = await publishBatch.open(url, { batch: 60, callers: 2, logs: 4 });

  await session.run(events);
  await session.close();

  const { rows } = await withClient(url, (client) =>
    client.query('select distinct log from telltale.events order by 1'),
  );
  expect(rows).toEqual([{ log: 0 }, { log: 1 }, { log: 2 }, { log: 3 }]);
});

test('the size of our events is counted over those partitions alone that hold some', async () => {
  const { url } = await createDatabase('sizes', { empty: true });
  await publishBatch.setup(url);
  const session = await publishBatch.open(url, { batch: 60, callers: 1 });
  await session.run(events);
  await session.close();

  const sizes = await withClient(url, async (client) => publishBatch.measure?.(client, 1));

  const filled = await withClient(url, (client) =>
    client.query<{ bytes: string }>(
      `select sum(bytes) as bytes from telltale.partitions where pg_relation_size(format('telltale.%I', name)::regclass) > 0`,
    ),
  );
  expect(sizes?.['events']).toBe(Number(filled.rows[0]?.bytes));
});
