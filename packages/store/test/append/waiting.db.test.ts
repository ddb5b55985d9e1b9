/** What waits to be stored is bounded, also while the database neither answers nor fails. */
import { EventStore } from '@telltale/store';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';

const event = {
  event_type: 'device.rebooted',
  device_uuid: '0192f0c1-7a52-7c3e-9b1a-000000000001',
  data: { reason: 'x'.repeat(500) },
} as const;
const batch = Array.from({ length: 20 }, () => event);

test('events beyond the bytes that may wait are refused with ServerBusy, and those before them are stored', async () => {
  const { url } = await createDatabase('waiting bytes');
  const group = { statements: 1, waitingBytes: 100_000 };
  const store = new EventStore({ connection: url, worker: false, group });
  onTestFinished(() => store.close());
  await store.publish(event);
  const holder = new Client({ connectionString: url });
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('begin; lock table telltale.log_batches in access exclusive mode');

  const outcomes = Array.from({ length: 40 }, () =>
    store.publishBatch(batch).then(
      () => 'stored',
      (error: { code: string }) => error.code,
    ),
  );
  expect(await Promise.race(outcomes)).toBe('ServerBusy');
  await holder.query('rollback');

  const settled = await Promise.all(outcomes);
  const stored = settled.filter((outcome) => outcome === 'stored').length;
  expect(new Set(settled)).toEqual(new Set(['stored', 'ServerBusy']));
  // Of 13 kB each, some seven wait and one or two are on their way.
  expect(stored).toBeGreaterThan(3);
  expect(stored).toBeLessThan(15);
  expect((await store.readAll(null, {}, { limit: 1000 })).events).toHaveLength(1 + stored * batch.length);
  expect(await store.publishBatch(batch)).toHaveLength(batch.length);
});
