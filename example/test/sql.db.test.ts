/** The SQL of example/sql, run as it stands. */
import { readFileSync } from 'node:fs';
import { EventStore } from '@telltale/store';
import { Client, type QueryResult } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../test/database.ts';

const script = readFileSync(new URL('../sql/publish.sql', import.meta.url), 'utf8');

test('publish.sql commits a row and its event together, and the event reaches the log as it was said', async () => {
  const { url } = await createDatabase('example sql');
  const client = new Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  const store = new EventStore({ connection: url, worker: false });
  onTestFinished(() => store.close());

  const results = (await client.query(script)) as unknown as QueryResult[];
  await store.drainInbox();

  const waiting = results.find((result) => result.fields.some((field) => field.name === 'waiting'));
  expect(waiting?.rows).toMatchObject([{ waiting: 'device.offline' }]);
  expect((await client.query('select name from public.press')).rows).toEqual([{ name: 'press 7' }]);
  const { events } = await store.readStream({ deviceUuid: '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11' });
  expect(events).toMatchObject([
    {
      event_type: 'device.offline',
      data: { reason: 'power cut' },
      source: 'night watch',
      actor_type: 'user',
      actor_id: 'operator-3',
      severity: 'error',
    },
  ]);
});
