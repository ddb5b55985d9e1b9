/** A stream end to end: what it begins with, what it carries, what it resumes behind. */
import { expect, test } from 'vitest';
import { newDevice, numbered, openFollowing } from './following.ts';

const settled = (reader: { status: number }) => reader.status === 200;

test('an event published after a stream began comes over it, once, with a cursor', async () => {
  const { store, follow } = await openFollowing('stream one');
  const device = newDevice();
  const reader = await follow(`/api/v1/devices/${device}/events/stream`);
  await reader.until(settled);
  await store.publish(numbered(device, 1));

  await reader.until(({ events }) => events.length > 0);

  expect(reader.events.map(({ device_uuid }) => device_uuid)).toEqual([device]);
  expect(reader.messages[0]?.id).toMatch(/^[\w-]{100,}$/);
});
