/** What live streams are told: heads that move with every append, and hints of this process's own. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { Bookmark } from '../../src/index.ts';
import { sampleOf } from '../sql/sample.ts';
import { openStore } from '../sql/session.ts';

test('the heads are another text after every append, and the same as long as nothing is recorded', async () => {
  const { url } = await createDatabase('live heads');
  const [store, other] = [openStore(url), openStore(url)];
  const before = await store.live.heads();
  expect(await store.live.heads()).toBe(before);

  await other.publish(sampleOf('debug', randomUUID()));

  expect(await store.live.heads()).not.toBe(before);
});

test('a listener is told after its own process has appended, until it stops; its errors fail no publisher', async () => {
  const { url } = await createDatabase('live hints');
  const [store, other] = [openStore(url), openStore(url)];
  let told = 0;
  const warned: string[] = [];
  const warn = (warning: Error): void => void warned.push(warning.message);
  process.on('warning', warn);
  const stop = store.live.onAppend(() => {
    told += 1;
  });
  const stopThrowing = store.live.onAppend(() => {
    throw new Error('a listener of the test failed');
  });
  await other.publish(sampleOf('debug', randomUUID()));
  expect(told).toBe(0);
  await store.publish(sampleOf('debug', randomUUID()));
  await expect.poll(() => told).toBe(1);
  stop();
  stopThrowing();
  await store.publish(sampleOf('debug', randomUUID()));

  await expect.poll(() => warned).toEqual(['a listener of the test failed']);
  expect(told).toBe(1);
  process.off('warning', warn);
});

test('nothing is read beyond the cursor that a page may go up to, and the page says that it came there', async () => {
  const { url } = await createDatabase('live up to');
  const store = openStore(url);
  const device = randomUUID();
  await store.publishBatch([1, 2, 3].map(() => sampleOf('debug', device)));
  const { cursor: upTo } = await store.readLast(0);
  await store.publishBatch([4, 5].map(() => sampleOf('debug', device)));

  const page = await store.readAll(null, {}, { upTo });
  const part = await store.readAll(null, {}, { upTo, limit: 2 });

  expect(page).toMatchObject({ atHead: true, events: [{ position: 1 }, { position: 2 }, { position: 3 }] });
  expect(Bookmark.read(page.cursor).equals(Bookmark.read(upTo))).toBe(true);
  expect(part).toMatchObject({ atHead: false, events: [{ position: 1 }, { position: 2 }] });
});
