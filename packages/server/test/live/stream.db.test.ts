/** A stream end to end: what it begins with, what it carries, what it resumes behind. */
import { expect, test } from 'vitest';
import { newDevice, numbered, numbersOf, openFollowing } from './following.ts';
import type { SseReader } from './sse-reader.ts';

const ascending = (one: number, other: number): number => one - other;

const isOpen = ({ status }: SseReader): boolean => status === 200;
const has =
  (count: number) =>
  ({ events }: SseReader): boolean =>
    events.length >= count;

test('an event published after a stream began comes over it, with a cursor, past every proxy', async () => {
  const { store, follow } = await openFollowing('stream one');
  const device = newDevice();
  const reader = await follow(`/api/v1/devices/${device}/events/stream`);
  await reader.until(isOpen);
  await store.publish(numbered(device, 1));

  await reader.until(has(1));

  expect(reader.events).toEqual([expect.objectContaining({ device_uuid: device, event_type: 'device.online' })]);
  expect(reader.messages[0]?.id).toMatch(/^[\w-]{100,}$/);
  expect(reader.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-store, no-transform',
    'x-accel-buffering': 'no',
  });
});

test('a device stream has nothing of other devices', async () => {
  const { store, follow } = await openFollowing('stream device');
  const [device, other] = [newDevice(), newDevice()];
  const reader = await follow(`/api/v1/devices/${device}/events/stream`);
  await reader.until(isOpen);
  await store.publishBatch([numbered(other, 1), numbered(device, 2), numbered(other, 3), numbered(device, 4)]);

  await reader.until(has(2));

  expect(numbersOf(reader)).toEqual([2, 4]);
});

test('a stream begins with the last events that were asked for, oldest first, and goes on behind them', async () => {
  const { store, follow } = await openFollowing('stream last');
  const device = newDevice();
  await store.publishBatch([1, 2, 3, 4, 5].map((number) => numbered(device, number)));
  const reader = await follow('/api/v1/events/stream?last=3');
  await reader.until(has(3));
  await store.publish(numbered(device, 6));

  await reader.until(has(4));

  expect(numbersOf(reader)).toEqual([3, 4, 5, 6]);
});

test('each of the last events has a cursor that the rest comes behind', async () => {
  const { store, follow } = await openFollowing('stream last cursor');
  const device = newDevice();
  await store.raiseLogCount(3);
  await store.publishBatch([1, 2, 3, 4, 5, 6].map((number) => numbered(number % 2 ? device : newDevice(), number)));
  const first = await follow('/api/v1/events/stream?last=6');
  await first.until(has(6));
  const all = numbersOf(first);

  const readers = await Promise.all(
    first.messages.slice(0, 5).map(({ id }) => follow('/api/v1/events/stream', { lastEventId: id })),
  );
  await Promise.all(readers.map((reader, index) => reader.until(has(5 - index))));

  expect(readers.map((reader) => numbersOf(reader).toSorted(ascending))).toEqual(
    readers.map((_, index) => all.slice(index + 1).toSorted(ascending)),
  );
});

test('the last events of a filter are those that pass it', async () => {
  const { store, follow } = await openFollowing('stream last filter');
  const devices = [newDevice(), newDevice()] as const;
  await store.publishBatch([1, 2, 3, 4, 5, 6].map((number) => numbered(devices[number % 2] as string, number)));

  const reader = await follow(`/api/v1/events/stream?last=2&filter=${encodeURIComponent(`device:${devices[1]}`)}`);
  await reader.until(has(2));

  expect(numbersOf(reader)).toEqual([3, 5]);
});

test('Last-Event-ID wins over ?after=, and each resumes behind its event', async () => {
  const { store, follow } = await openFollowing('stream resume');
  const device = newDevice();
  await store.publishBatch([1, 2, 3, 4].map((number) => numbered(device, number)));
  const first = await follow('/api/v1/events/stream?last=4');
  await first.until(has(4));
  const [one, , three] = first.messages.map(({ id }) => id as string);

  const byQuery = await follow(`/api/v1/events/stream?after=${one}`);
  const byHeader = await follow(`/api/v1/events/stream?after=${one}`, { lastEventId: three });
  await byQuery.until(has(3));
  await byHeader.until(has(1));

  expect([numbersOf(byQuery), numbersOf(byHeader)]).toEqual([[2, 3, 4], [4]]);
});

test('a filter lets only what it says through, before and after the stream has caught up', async () => {
  const { store, follow } = await openFollowing('stream filter');
  const [device, other] = [newDevice(), newDevice()];
  await store.publishBatch([1, 2].map((number) => numbered(device, number)));
  const start = await follow('/api/v1/events/stream?last=2');
  await start.until(has(2));
  await store.publishBatch([numbered(other, 3), numbered(device, 4)]);
  const path = `/api/v1/events/stream?filter=${encodeURIComponent(`device:${device}`)}`;
  const reader = await follow(path, { lastEventId: start.messages[0]?.id });
  await reader.until(has(2));
  await store.publishBatch([numbered(other, 5), numbered(device, 6)]);

  await reader.until(has(3));

  expect(numbersOf(reader)).toEqual([2, 4, 6]);
});

test('a quiet stream shows that it lives, and its cursor moves on', async () => {
  const { store, follow } = await openFollowing('stream heartbeat', { live: { heartbeatSeconds: 0.3 } });
  const device = newDevice();
  const reader = await follow(`/api/v1/devices/${device}/events/stream`);
  await reader.until(({ comments, lastEventId }) => comments.length >= 2 && lastEventId !== undefined);
  reader.close();
  await store.publishBatch([numbered(device, 1), numbered(newDevice(), 2)]);

  const next = await follow(`/api/v1/devices/${device}/events/stream`, { lastEventId: reader.lastEventId });
  await next.until(has(1));

  expect(reader.comments).toContain('heartbeat');
  expect(numbersOf(next)).toEqual([1]);
});
