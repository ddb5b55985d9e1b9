/** Following over real sockets: a stream that breaks, falls silent, or whose server goes away loses and repeats nothing. */
import { dropPartition, openDatabase } from '@telltale/store';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { openServer } from '../../src/index.ts';
import { newDevice, numbered } from '../live/following.ts';
import { Follower, openCalling } from './calling.ts';
import { Proxy } from './proxy.ts';

const patient = { timeout: 30_000, interval: 20 };
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const laterClock = `create or replace function telltale.clock() returns timestamptz language sql volatile
  return clock_timestamp() + interval '14 days'`;
const oldestPartition = `select c.relname as name from telltale.events_debug e join pg_class c on c.oid = e.tableoid
  order by e.position limit 1`;

async function ask(url: string, sql: string): Promise<Record<string, string>[]> {
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  try {
    return (await database.query<Record<string, string>>(sql)).rows;
  } finally {
    await database.end();
  }
}

test('events come as they are recorded, of one device, through a filter', async () => {
  const { client, store } = await openCalling('follow one');
  const [device, other] = [newDevice(), newDevice()];
  const one = new Follower(client(), { device });
  const fleet = new Follower(client(), { filter: `device:${other}` });
  await expect.poll(() => [one.cursors.length, fleet.cursors.length], patient).toEqual([1, 1]);

  await store.publishBatch([numbered(device, 1), numbered(other, 2), numbered(device, 3)]);

  await expect.poll(() => [one.numbers, fleet.numbers], patient).toEqual([[1, 3], [2]]);
});

test('it begins with the last events, or behind a cursor', async () => {
  const { client, store } = await openCalling('follow last');
  await store.publishBatch(upTo(5).map((number) => numbered(newDevice(), number)));
  const last = new Follower(client(), { last: 3 });
  await expect.poll(() => last.numbers, patient).toEqual([3, 4, 5]);

  const behind = new Follower(client(), { after: last.got[0]?.cursor as string });

  await expect.poll(() => behind.numbers, patient).toEqual([4, 5]);
});

test('a stream that breaks before its first event resumes where it began', async () => {
  const { address, client, store } = await openCalling('follow early break');
  const proxy = await Proxy.open(address);
  const follower = new Follower(client({ url: proxy.url }));
  await expect.poll(() => follower.cursors.length, patient).toBe(1);
  proxy.isAway = true;
  proxy.cut();
  await expect.poll(() => follower.troubles.length, patient).toBeGreaterThan(0);
  await store.publishBatch([numbered(newDevice(), 1), numbered(newDevice(), 2)]);
  proxy.isAway = false;

  await expect.poll(() => follower.numbers, patient).toEqual([1, 2]);
});

test('a stream of the last events that breaks before there was any resumes where it began', async () => {
  const { address, client, store } = await openCalling('follow early break of none');
  const proxy = await Proxy.open(address);
  const follower = new Follower(client({ url: proxy.url }), { last: 1 });
  await expect.poll(() => follower.cursors.length, patient).toBe(1);
  proxy.isAway = true;
  proxy.cut();
  await store.publishBatch([numbered(newDevice(), 1), numbered(newDevice(), 2)]);
  proxy.isAway = false;

  await expect.poll(() => follower.numbers, patient).toEqual([1, 2]);
});

test('servers come and go while devices publish: what was published arrives, nothing twice, each device in order', async () => {
  const { app, address, client, store, secret } = await openCalling('follow restarts');
  const proxy = await Proxy.open(address);
  const devices = upTo(4).map(newDevice);
  const followers = [
    new Follower(client({ url: proxy.url })),
    new Follower(client({ url: proxy.url }), { device: devices[0] as string }),
  ];
  await expect.poll(() => followers.map(({ cursors }) => cursors.length), patient).toEqual([1, 1]);
  const publisher = client({ url: proxy.url });
  const stopping = new AbortController();
  const writers = devices.map(async (device) => {
    let number = 0;
    while (!stopping.signal.aborted) await publisher.publish(numbered(device, (number += 1)));
    return number;
  });

  let running = app;
  for (const round of upTo(3)) {
    const before = followers[0]?.got.length ?? 0;
    await expect.poll(() => followers[0]?.got.length, patient).toBeGreaterThan(before + 20);
    await running.close();
    if (round === 2) proxy.cut();
    running = await openServer({ store, secret, audit: false });
    proxy.target = await running.listen({ host: '127.0.0.1', port: 0 });
  }
  onTestFinished(() => running.close());
  stopping.abort();
  const published = await Promise.all(writers);

  const total = published.reduce((sum, count) => sum + count, 0);
  await expect.poll(() => followers.map(({ got }) => got.length), patient).toEqual([total, published[0]]);
  const ofDevice = (device: string): number[] =>
    (followers[0] as Follower).got.flatMap((one) =>
      one.kind === 'event' && one.event.device_uuid === device
        ? [Number((one.event.data as { reason: string }).reason.slice(1))]
        : [],
    );
  expect(devices.map(ofDevice)).toEqual(published.map(upTo));
  expect(followers[1]?.numbers).toEqual(upTo(published[0] as number));
});

test('heartbeats keep a quiet stream open', async () => {
  const { client } = await openCalling('follow heartbeat', { live: { heartbeatSeconds: 0.3 } });
  const follower = new Follower(client(), { silence: 3000 });
  const started = performance.now();

  await expect.poll(() => performance.now() - started > 4000 && follower.cursors.length > 3, patient).toBe(true);

  expect(follower.troubles).toEqual([]);
});

test('a stream that falls silent is given up, and goes on over a new connection', async () => {
  const { address, client, store } = await openCalling('follow silence');
  const proxy = await Proxy.open(address);
  const follower = new Follower(client({ url: proxy.url }), { silence: 1000 });
  await expect.poll(() => follower.cursors.length, patient).toBeGreaterThan(0);
  proxy.isSilent = true;
  await store.publish(numbered(newDevice(), 1));
  await expect.poll(() => follower.troubles, patient).toContain('ConnectionFailed');
  proxy.isSilent = false;

  await expect.poll(() => follower.numbers, patient).toEqual([1]);
});

test('what retention dropped before the stream came to it is told as a gap', async () => {
  const { client, store, url } = await openCalling('follow gap');
  // Of an empty log the cursor is its beginning, and who begins there misses nothing.
  await store.publish(numbered(newDevice(), 0));
  const start = new Follower(client());
  await expect.poll(() => start.cursors.length, patient).toBe(1);
  start.stop();
  await store.publish({ ...numbered(newDevice(), 1), event_type: 'device.heartbeat', data: {} });
  await store.confirmClock();
  await ask(url, laterClock);
  await store.confirmClock();
  await store.publish(numbered(newDevice(), 2));
  const maintenance = openDatabase(url, { role: 'telltale_maintenance', connections: 2 });
  onTestFinished(() => maintenance.close());
  await dropPartition(maintenance, (await ask(url, oldestPartition))[0]?.['name'] ?? '');

  const follower = new Follower(client(), { after: start.cursors[0] as string });

  await expect.poll(() => follower.numbers, patient).toEqual([2]);
  expect(follower.got[0]).toEqual({
    kind: 'gap',
    gap: { reason: 'expired', tier: 'debug' },
    cursor: expect.any(String),
  });
});

test('what is refused for good ends it with the code of the server', async () => {
  const { client } = await openCalling('follow refusal');

  const filter = new Follower(client(), { filter: 'severity>=' });
  const cursor = new Follower(client(), { after: 'x' });
  const role = new Follower(client({}, { roles: ['device'], device: newDevice() }));

  await expect
    .poll(() => [filter, cursor, role].map(({ ended }) => ended), patient)
    .toMatchObject([{ code: 'InvalidFilter' }, { code: 'InvalidCursor' }, { code: 'Forbidden' }]);
});

test('called off, it ends at once with the reason and leaves no stream open on the server', async () => {
  const { client } = await openCalling('follow abort', { live: { streamsPerToken: 1 } });
  const follower = new Follower(client());
  await expect.poll(() => follower.cursors.length, patient).toBe(1);
  const refused = new Follower(client());
  await expect.poll(() => refused.troubles, patient).toContain('TooManyRequests');

  follower.stop();

  await expect.poll(() => follower.ended, patient).toMatchObject({ name: 'AbortError' });
  await expect.poll(() => refused.cursors.length, patient).toBe(1);
});
