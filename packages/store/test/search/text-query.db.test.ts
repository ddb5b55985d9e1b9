/** What a full-text query means beyond its single words. */
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import type { FoundText } from '../../src/index.ts';
import { openStore } from '../invariant/store.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-000000000001';
const saying = (reason: string) => ({ event_type: 'device.online', device_uuid: device, data: { reason } });
const reasonsOf = (found: readonly FoundText[]): unknown[] =>
  found.map(({ data }) => (data as { reason: string }).reason);

test('a phrase is found however many newer events have its words in another order', async () => {
  const store = openStore((await createDatabase('old phrase')).url);
  await store.publish(saying('pressure valve'));
  for (let batch = 0; batch < 11; batch++) {
    await store.publishBatch(Array.from({ length: 1000 }, () => saying('valve pressure')));
  }
  await store.index();

  expect(reasonsOf(await store.fullTextSearch('"pressure valve"'))).toEqual(['pressure valve']);
  expect(reasonsOf(await store.fullTextSearch('pressure -"valve pressure"'))).toEqual(['pressure valve']);
});

test.each(['pump OR -valve', '-valve OR pump', 'pump OR the -valve'])(
  '%s is refused: nothing finds what only lacks a word',
  async (query) => {
    const store = openStore((await createDatabase('only negated')).url);

    await expect(store.fullTextSearch(query)).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining('on each side of OR') as string,
    });
  },
);

test('a side of OR that is empty, or has stop words alone, is left out', async () => {
  const store = openStore((await createDatabase('empty side')).url);
  await store.publishBatch([saying('pump'), saying('valve')]);

  expect(reasonsOf(await store.fullTextSearch('pump OR'))).toEqual(['pump']);
  expect(reasonsOf(await store.fullTextSearch('the OR pump'))).toEqual(['pump']);
});
