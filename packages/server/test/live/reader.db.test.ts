/** One reader of the log in a process, whatever the number of streams; none without streams. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStore } from '@telltale/store';
import { Pool } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { Hub } from '../../src/live/hub.ts';
import { defaultLive } from '../../src/live/option.ts';
import { newDevice, numbered, openFollowing } from './following.ts';

test('the log is read once for all streams together', async () => {
  const { store, follow } = await openFollowing('one reader');
  const readAll = store.readAll.bind(store);
  let pages = 0;
  store.readAll = (...given) => {
    pages += 1;
    return readAll(...given);
  };
  const device = newDevice();
  const readers = await Promise.all(
    Array.from({ length: 20 }, () => follow(`/api/v1/devices/${device}/events/stream`)),
  );
  await Promise.all(readers.map((reader) => reader.until(({ lastEventId }) => lastEventId !== undefined)));
  await sleep(200);
  pages = 0;
  for (let number = 1; number <= 10; number += 1) await store.publish(numbered(device, number));

  await Promise.all(readers.map((reader) => reader.until(({ messages }) => messages.length >= 10)));

  // A look or two may find an event in two parts; twenty readers would make two hundred pages.
  expect(pages).toBeLessThanOrEqual(20);
});

test('without a stream nothing is asked of the database', async () => {
  const { url } = await createDatabase('no reader');
  const pool = new Pool({ connectionString: url });
  const store = new EventStore({ connection: pool, worker: false }) as never;
  onTestFinished(() => pool.end());
  const asked: unknown[] = [];
  pool.on('acquire', () => asked.push(1));
  const hub = new Hub(store, defaultLive, () => undefined);
  onTestFinished(() => hub.stop());

  await sleep(300);

  expect(asked).toEqual([]);
  expect(hub.figures).toEqual({ clients: 0, behind: 0, evicted: 0, overflows: 0 });
});
