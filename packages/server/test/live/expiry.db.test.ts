/** A stream ends with the token that opened it, whether its client takes anything or not. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { newDevice, numbered, openFollowing } from './following.ts';

const live = { heartbeatSeconds: 0.3 };
const claims = { seconds: 2 };

test('Server-Sent Events end with their token', async () => {
  const { follow } = await openFollowing('expiry', { live });
  const [short, long] = [await follow('/api/v1/events/stream', { claims }), await follow('/api/v1/events/stream')];
  await Promise.all([short, long].map((reader) => reader.until(({ status }) => status === 200)));

  await short.until(({ closed }) => closed, 10_000);

  expect(long.closed).toBe(false);
});

test('a WebSocket is closed with its token, as one to be opened anew', async () => {
  const { address, token } = await openFollowing('expiry socket', { live });
  const socket = new WebSocket(`${address.replace('http', 'ws')}/api/v1/events/ws`, {
    headers: { authorization: `Bearer ${await token(claims)}` },
  });
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');

  const [code] = (await once(socket, 'close')) as [number];

  expect(code).toBe(1001);
});

test('a stream that takes nothing is cut off when its token has ended', async () => {
  const { app, store, follow } = await openFollowing('expiry stalled', { live: { ...live, stallSeconds: 3 } });
  const sockets: Socket[] = [];
  app.server.on('connection', (socket: Socket) => sockets.push(socket));
  const reader = await follow('/api/v1/events/stream', { claims });
  await reader.until(({ status }) => status === 200);
  reader.stall();
  const device = newDevice();
  for (let batch = 0; batch < 4; batch++) {
    const events = Array.from({ length: 100 }, (_, index) => numbered(device, batch * 100 + index));
    const note = 'x'.repeat(45_000);
    await store.publishBatch(events.map((event) => ({ ...event, metadata: { ...event.metadata, note } })));
  }
  await expect.poll(() => sockets[0]?.writableLength).toBeGreaterThan(0);

  await expect.poll(() => sockets[0]?.destroyed, { timeout: 10_000 }).toBe(true);
});
