/** An import prepares one batch while the one before is stored; what it stores and refuses is as if it did not. */
import { randomUUID } from 'node:crypto';
import type { EventInput } from '@telltale/catalogue';
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { sampleOf } from '../sql/sample.ts';
import { openStore } from '../sql/session.ts';

const device = randomUUID();
const instant = (timestamp: unknown): number => Date.parse(String(timestamp));
const history = (count: number): EventInput[] =>
  Array.from({ length: count }, (_, index) =>
    sampleOf('standard', device, { timestamp: new Date(Date.UTC(2020, 11, 31, 23, 59, index)).toISOString() }),
  );

test('an import that a bad event ends keeps every whole batch before it, and goes on behind them', async () => {
  const { url } = await createDatabase('bad import');
  const store = openStore(url);
  const good = history(250);
  const bad = good.with(249, sampleOf('standard', device, { timestamp: 'yesterday' }));

  await expect(store.importEvents('history', bad, { batch: 100 })).rejects.toMatchObject({
    code: 'InvalidTimestamp',
    message: expect.stringContaining('event 249'),
  });

  expect(await store.importEvents('history', good, { batch: 100 })).toMatchObject({ skipped: 200, imported: 50 });
  expect(await store.verify()).toMatchObject({ changed: [], miscounted: [] });
});

test('imported events stand in the order of their source, over the end of a year too', async () => {
  const { url } = await createDatabase('ordered import');
  const store = openStore(url);
  const source = history(120);
  await store.importEvents('history', source, { batch: 10 });

  const { events } = await store.readStream({ deviceUuid: device });

  expect(events.map(({ timestamp }) => instant(timestamp))).toEqual(source.map(({ timestamp }) => instant(timestamp)));
});

test('an import tells how many events are stored, batch by batch', async () => {
  const { url } = await createDatabase('import progress');
  const told: number[] = [];

  await openStore(url).importEvents('history', history(25), {
    batch: 10,
    onProgress: ({ imported }) => told.push(imported),
  });

  expect(told).toEqual([10, 20, 25]);
});
