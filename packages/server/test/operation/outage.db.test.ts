/** PostgreSQL away: publishing says so and when to try again, memory stays bounded, and it goes on by itself. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { migrate } from '@telltale/store';
import { expect, test } from 'vitest';
import { startCluster } from '../../../../test/cluster.ts';
import { newDevice, numbered, numbersOf, openFollowing } from '../live/following.ts';
import { SocketReader } from '../live/socket-reader.ts';
import { openServing } from '../serving.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
const event = { event_type: 'device.rebooted', device_uuid: device, data: {} };
/** About 100 kB. */
const batch = Array.from({ length: 100 }, () => ({ ...event, metadata: { tags: { note: 'x'.repeat(900) } } }));

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is held: garbage that nobody has collected yet says nothing of bounds. */
function bytesHeld(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test('a database that is away is told to publishers at once or soon, costs bounded memory, and is taken up again', async () => {
  const cluster = await startCluster();
  await migrate(cluster.url);
  const { app, token } = await openServing('outage', { limits: { pendingBytes: 12_000_000 } }, cluster);
  const headers = { authorization: `Bearer ${await token()}` };
  const publish = (payload: object) => app.inject({ method: 'POST', url: '/api/v1/events', headers, payload });
  expect((await publish(event)).statusCode).toBe(201);
  await cluster.kill();

  const answers = new Map<string, number>();
  const before = bytesHeld();
  let [most, slowest] = [0, 0];
  const until = performance.now() + 6000;
  const load = async (): Promise<void> => {
    while (performance.now() < until) {
      const began = performance.now();
      const { statusCode, headers: found, payload } = await publish(batch);
      const key = `${statusCode} ${(JSON.parse(payload) as { code?: string }).code} ${found['retry-after'] === undefined ? '' : 'later'}`;
      answers.set(key, (answers.get(key) ?? 0) + 1);
      slowest = Math.max(slowest, performance.now() - began);
      // Whoever is told to come back later does not come back at once.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const looking = setInterval(() => {
    most = Math.max(most, bytesHeld() - before);
  }, 1000);
  const loading = Promise.all(Array.from({ length: 140 }, load));
  const ready = await app.inject({ url: '/readyz' });
  await loading;
  clearInterval(looking);

  expect([...answers.keys()].sort()).toEqual(['503 ConnectionFailed later', '503 ServerBusy later']);
  expect(ready.statusCode).toBe(503);
  expect(ready.json().checks.database).toEqual({ status: 'failed', detail: 'PostgreSQL cannot be reached' });
  expect((await app.inject({ url: '/livez' })).statusCode).toBe(200);
  // Two statements at a time, three seconds each, would keep the last of them for twenty.
  expect(slowest).toBeLessThan(16_000);
  expect(most).toBeLessThan(150_000_000);

  const { port } = new URL(cluster.url);
  expect((await publish(event)).payload).not.toContain(port);

  await cluster.restart();
  await expect.poll(async () => (await publish(event)).statusCode, { timeout: 20_000 }).toBe(201);
});

test('streams stay open while the database is away, and go on by themselves with what comes after', async () => {
  const cluster = await startCluster();
  await migrate(cluster.url);
  const { address, follow, store, token } = await openFollowing('outage of streams', {}, cluster);
  const own = newDevice();
  const stream = await follow('/api/v1/events/stream');
  const socket = new SocketReader(`${address}/api/v1/devices/${own}/events/ws`, { token: await token() });
  await expect.poll(() => [stream.lastEventId, socket.lastEventId].includes(undefined)).toBe(false);
  await store.publish(numbered(own, 1));
  await expect.poll(() => [numbersOf(stream), numbersOf(socket)]).toEqual([[1], [1]]);

  await cluster.kill();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const open = [stream.closed, socket.closed];
  await cluster.restart();
  const publish = (): Promise<unknown> =>
    store.publish(numbered(own, 2)).then(
      () => true,
      () => false,
    );
  await expect.poll(publish, { timeout: 20_000 }).toBe(true);

  await expect
    .poll(() => [numbersOf(stream), numbersOf(socket)], { timeout: 20_000 })
    .toEqual([
      [1, 2],
      [1, 2],
    ]);
  expect([...open, stream.closed, socket.closed]).toEqual([false, false, false, false]);
  expect([stream.gaps, socket.gaps]).toEqual([[], []]);
  socket.close();
});
