/** The server says whether it does its work, and ends without cutting off who would soon be done. */
import { type AddressInfo } from 'node:net';
import { openDatabase } from '@telltale/store';
import { expect, test } from 'vitest';
import { openFollowing } from '../live/following.ts';
import { openServing, type Serving } from '../serving.ts';
import { holdAppends } from './hold.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
const event = { event_type: 'device.rebooted', device_uuid: device, data: {} };

async function listen({ app }: Serving): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

async function publish(base: string, { token }: Serving): Promise<Response> {
  const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' };
  return fetch(`${base}/api/v1/events`, { method: 'POST', headers, body: JSON.stringify(event) });
}

/** Waits until appends of the server wait for the lock. */
async function untilHeld(url: string): Promise<void> {
  const database = openDatabase(url, { connections: 1 });
  const text = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await expect.poll(async () => (await database.query({ text })).length, { timeout: 10_000 }).toBeGreaterThan(0);
  await database.close();
}

test('a server that stops says so at once, takes nothing new, and lets a running publish end', async () => {
  const serving = await openServing('drain', { limits: { stopSeconds: 30 } });
  const base = await listen(serving);
  const release = await holdAppends(serving.url);
  const running = publish(base, serving);
  await untilHeld(serving.url);

  const closed = serving.app.close();
  const again = serving.app.close();
  await expect.poll(async () => (await fetch(`${base}/readyz`)).status).toBe(503);
  const refused = await publish(base, serving);
  await release();

  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: 'ServerStopping', retryable: true });
  expect((await running).status).toBe(201);
  await closed;
  await again;
  await expect(fetch(`${base}/livez`)).rejects.toThrow();
});

test('a publish that does not end is cut off at the bound', async () => {
  const serving = await openServing('cut off', { limits: { stopSeconds: 0.3 } });
  const base = await listen(serving);
  const release = await holdAppends(serving.url);
  const hanging = publish(base, serving).then(
    () => 'answered',
    () => 'cut off',
  );
  await untilHeld(serving.url);

  await serving.app.close();

  expect(await hanging).toBe('cut off');
  await release();
});

test('readiness names every check, and is kept from nobody', async () => {
  const { app } = await openServing('ready');

  const answer = await app.inject({ url: '/readyz' });

  expect([answer.statusCode, answer.json()]).toEqual([
    200,
    {
      status: 'ok',
      checks: {
        database: { status: 'ok' },
        schema: { status: 'ok' },
        worker: { status: 'ok' },
        live: { status: 'ok' },
        lifecycle: { status: 'ok' },
      },
    },
  ]);
});

test.each([
  ['of a newer version', `insert into telltale.migrations values (9999, 'later', '', true)`, 'upgrade'],
  ['that lacks a migration', `delete from telltale.migrations where number = 2`, 'migrate'],
])('a schema %s makes the server not ready', async (_, change, advice) => {
  const { app, url } = await openServing('schema not ready');
  const database = openDatabase(url, { connections: 1 });
  await database.script(change);
  await database.close();

  const answer = await app.inject({ url: '/readyz' });

  expect(answer.statusCode).toBe(503);
  expect(answer.headers['retry-after']).toBe('2');
  expect(answer.json().checks).toMatchObject({
    database: { status: 'ok' },
    schema: { status: 'failed', detail: expect.stringContaining(advice) },
  });
});

test('live streams that fall behind the bound make the server not ready, until they have caught up', async () => {
  const { app, url, follow } = await openFollowing('live behind', { ready: { liveSeconds: 0.5 } });
  const reader = await follow('/api/v1/events/stream');
  await reader.until(({ status }) => status === 200);
  const live = async (): Promise<unknown> => (await app.inject({ url: '/readyz' })).json().checks.live;
  await expect.poll(live).toEqual({ status: 'ok' });
  const release = await holdAppends(url);

  await expect
    .poll(live, { timeout: 20_000 })
    .toEqual({ status: 'failed', detail: 'the live streams are more than 0.5 s behind' });
  await release();

  await expect.poll(live, { timeout: 20_000 }).toEqual({ status: 'ok' });
});

test('an index, an inbox, or partitions that fall behind make the server not ready', async () => {
  const indexing = await openServing('index behind', { ready: { indexLag: 2 } });
  await indexing.store.publishBatch([event, event, event]);
  const waiting = await openServing('inbox behind', { ready: { inboxSeconds: 30 } });
  const database = openDatabase(waiting.url, { connections: 1 });
  await database.script(`select telltale.publish_event('device.rebooted', 'device', '${device}', '{}');
    create or replace function telltale.clock() returns timestamptz
    language sql volatile return clock_timestamp() + interval '1 minute'`);
  await database.close();
  const ending = await openServing('partitions behind');
  const later = openDatabase(ending.url, { connections: 1 });
  await later.script(`create or replace function telltale.clock() returns timestamptz
    language sql volatile return clock_timestamp() + interval '10 days'`);
  await later.close();

  for (const [{ app }, detail] of [
    [indexing, 'the index of searches is more than 2 events behind'],
    [waiting, 'wait for more than 30 s'],
    [ending, 'no partition is made ahead for events that are debug'],
  ] as const) {
    const answer = await app.inject({ url: '/readyz' });
    expect([answer.statusCode, answer.json().checks.worker]).toEqual([
      503,
      { status: 'failed', detail: expect.stringContaining(detail) },
    ]);
  }
});
