/** The end of the log: the newest events, and a cursor to go on from. */
import { EventStore } from '@telltale/store';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';

const device = (number: number): string => `0192f0c1-7a52-7c3e-9b1a-0000000000${String(number).padStart(2, '0')}`;

async function openStore(title: string): Promise<EventStore> {
  const { url } = await createDatabase(title);
  const store = new EventStore({ connection: url, worker: false });
  onTestFinished(() => store.close());
  return store;
}

const heartbeats = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    event_type: 'device.heartbeat' as const,
    device_uuid: device((from + index) % 3),
    data: { status: `s${from + index}` },
  }));

test('the newest events come oldest first, over all logs and tiers', async () => {
  const store = await openStore('reads the last');
  await store.raiseLogCount(3);
  for (const event of heartbeats(0, 12)) await store.publish(event);
  await store.publish({ event_type: 'device.rebooted', device_uuid: device(1), data: {} });

  const { events } = await store.readLast(4);

  expect(events.map((event) => (event.data as { status?: string }).status)).toEqual(['s9', 's10', 's11', undefined]);
});

test('reading on from the cursor gives what came later, each once, whatever the filter was', async () => {
  const store = await openStore('goes on from the last');
  await store.publishBatch(heartbeats(0, 5));

  const { events, cursor } = await store.readLast(10, { eventTypes: ['device.rebooted'] });
  await store.publishBatch(heartbeats(5, 3));
  const page = await store.readAll(cursor);

  expect(events).toEqual([]);
  expect(page.events.map((event) => (event.data as { status: string }).status)).toEqual(['s5', 's6', 's7']);
});

test('none at all can be asked for, to learn where the head is', async () => {
  const store = await openStore('asks for none');
  await store.publishBatch(heartbeats(0, 2));

  const { events, cursor } = await store.readLast(0);

  expect(events).toEqual([]);
  expect((await store.readAll(cursor)).events).toEqual([]);
});

test('reading from a time gives what was recorded then or later, over all logs', async () => {
  const store = await openStore('reads since');
  await store.raiseLogCount(2);
  await store.publishBatch(heartbeats(0, 4));
  const receipts = await store.publishBatch(heartbeats(4, 4));
  const placed = receipts.flatMap((receipt) => (receipt.status === 'pending' ? [] : [receipt.recorded_at])).sort();

  const page = await store.readAll(await store.cursorAt(placed[0] as string));

  expect(page.events.map((event) => (event.data as { status: string }).status).sort()).toEqual([
    's4',
    's5',
    's6',
    's7',
  ]);
});
