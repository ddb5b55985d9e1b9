/** Slow and stalled clients: the others do not notice, memory stays bounded, nothing is lost to who resumes. */
import type { Socket } from 'node:net';
import type { EventInput } from '@telltale/catalogue';
import { expect, test } from 'vitest';
import { type Following, newDevice, numbered, numbersOf, openFollowing } from './following.ts';
import type { SseReader } from './sse-reader.ts';

const isOpen = ({ status }: SseReader): boolean => status === 200;

/** Large, so that what the kernels of both ends buffer is soon full. */
function large(device: string, number: number): EventInput {
  const event = numbered(device, number);
  return { ...event, metadata: { ...event.metadata, note: `${number} ${'x'.repeat(45_000)}` } };
}

const total = 500;

async function publishAll(publish: (events: EventInput[]) => Promise<unknown>, device: string): Promise<void> {
  for (let first = 1; first <= total; first += 100) {
    await publish(Array.from({ length: 100 }, (_, index) => large(device, first + index)));
  }
}

const all = Array.from({ length: total }, (_, index) => index + 1);

async function countOf(name: 'evicted' | 'overflows', { app, token }: Following): Promise<number> {
  const metrics = await app.inject({
    url: '/metrics',
    headers: { authorization: `Bearer ${await token({ tenant: '*' })}` },
  });
  return Number(new RegExp(`^telltale_live_${name}_total (\\d+)$`, 'm').exec(metrics.body)?.[1]);
}

test('a client that takes nothing for a while delays nobody and gets everything once it goes on', async () => {
  const serving = await openFollowing('live slow', { live: { bufferBytes: 64 * 1024 } });
  const { store, follow } = serving;
  const device = newDevice();
  const [slow, quick] = [await follow('/api/v1/events/stream'), await follow('/api/v1/events/stream')];
  await Promise.all([slow, quick].map((reader) => reader.until(isOpen)));
  slow.stall();
  await publishAll((events) => store.publishBatch(events), device);
  await quick.until(({ messages }) => messages.length >= total, 30_000);
  expect(slow.messages.length).toBeLessThan(total);
  expect(await countOf('overflows', serving)).toBeGreaterThan(0);

  slow.resume();
  await slow.until(({ messages }) => messages.length >= total, 30_000);

  expect(numbersOf(slow)).toEqual(all);
  expect(numbersOf(quick)).toEqual(all);
});

test('what waits for clients that take nothing is bounded, however much is published', async () => {
  const bufferBytes = 64 * 1024;
  const { app, store, follow } = await openFollowing('live bounded', { live: { bufferBytes } });
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => sockets.add(socket));
  const device = newDevice();
  const stalled = await Promise.all([1, 2, 3].map(() => follow('/api/v1/events/stream')));
  await Promise.all(stalled.map((reader) => reader.until(isOpen)));
  for (const reader of stalled) reader.stall();
  const quick = await follow('/api/v1/events/stream');
  await quick.until(isOpen);
  let most = 0;
  // One page at a time: what is published before the last was delivered would be more than one.
  for (let first = 1; first <= total; first += 50) {
    await store.publishBatch(Array.from({ length: 50 }, (_, index) => large(device, first + index)));
    await quick.until(({ messages }) => messages.length >= first + 49, 30_000);
    most = Math.max(most, ...[...sockets].map(({ writableLength }) => writableLength));
  }

  expect(most).toBeGreaterThan(bufferBytes);
  expect(most).toBeLessThan(bufferBytes + 51 * 47_000);
});

test('a client that takes nothing for too long is closed, counted, and resumes where it was', async () => {
  const live = { bufferBytes: 64 * 1024, stallSeconds: 0.5, heartbeatSeconds: 0.5 };
  const serving = await openFollowing('live stalled', { live });
  const { store, follow } = serving;
  const device = newDevice();
  const stalled = await follow('/api/v1/events/stream');
  await stalled.until(isOpen);
  stalled.stall();
  await publishAll((events) => store.publishBatch(events), device);

  await expect.poll(() => countOf('evicted', serving), { timeout: 15_000 }).toBe(1);

  stalled.resume();
  await stalled.until(({ closed }) => closed);
  const before = numbersOf(stalled);
  expect(before.length).toBeLessThan(total);
  const next = await follow('/api/v1/events/stream', { lastEventId: stalled.lastEventId });
  await next.until(({ messages }) => before.length + messages.length >= total, 30_000);
  expect([...before, ...numbersOf(next)]).toEqual(all);
});
