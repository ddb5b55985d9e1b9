/** Calls of the typed client over real sockets: what it tries again, what it never does twice, how it fails. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TelltaleError } from '@telltale/catalogue';
import { createClient } from '@telltale/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { newDevice, numbered } from '../live/following.ts';
import { openCalling } from './calling.ts';
import { Proxy } from './proxy.ts';

const many = (device: string, count: number) => Array.from({ length: count }, (_, index) => numbered(device, index));

/** What a call fails with. */
async function failureOf(call: Promise<unknown>): Promise<TelltaleError> {
  const error = await call.then(
    () => expect.unreachable('expected a failure'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TelltaleError);
  return error as TelltaleError;
}

test('a server that is busy is asked again, not before the time it names', async () => {
  const { address, client } = await openCalling('client busy');
  const proxy = await Proxy.open(address, 'busy');
  const started = performance.now();

  const { receipts } = await client({ url: proxy.url }).publish(numbered(newDevice(), 1));

  expect(receipts).toEqual([expect.objectContaining({ status: 'stored' })]);
  expect(performance.now() - started).toBeGreaterThan(990);
});

test('events whose receipts were lost on the way are sent again with the same key, and stored once', async () => {
  const { address, client, store } = await openCalling('client lost answer');
  const proxy = await Proxy.open(address, 'lose answer', 'lose answer');
  const device = newDevice();

  const { receipts } = await client({ url: proxy.url }).publish(many(device, 3));

  const keys = proxy.seen.map((headers) => headers['idempotency-key']);
  expect(keys).toEqual([keys[0], keys[0], keys[0]]);
  expect(receipts.map((receipt) => receipt?.status)).toEqual(['duplicate', 'duplicate', 'duplicate']);
  expect(await store.search({ deviceUuid: device })).toHaveLength(3);
});

test('two publishes have two keys, and the caller may bring one', async () => {
  const { address, client } = await openCalling('client keys');
  const proxy = await Proxy.open(address);
  const publisher = client({ url: proxy.url });

  await publisher.publish(numbered(newDevice(), 1));
  await publisher.publish(numbered(newDevice(), 1));
  await publisher.publish(numbered(newDevice(), 1), { idempotencyKey: 'mine' });

  const [first, second, third] = proxy.seen.map((headers) => headers['idempotency-key']);
  expect(first).not.toBe(second);
  expect(third).toBe('mine');
});

test('with partial the good events are stored, and the refused one is named', async () => {
  const { client } = await openCalling('client partial');
  const device = newDevice();

  const reply = await client().publish([numbered(device, 1), { ...numbered(device, 2), event_type: 'no.such' }], {
    partial: true,
  });

  expect(reply.receipts).toEqual([expect.objectContaining({ status: 'stored' }), null]);
  expect(reply.refused).toEqual([
    { index: 1, problem: expect.objectContaining({ code: expect.any(String), detail: expect.any(String) }) },
  ]);
});

test('a refusal is a TelltaleError with the code and the field of the server, and is not tried again', async () => {
  const { address, client } = await openCalling('client refusal');
  const proxy = await Proxy.open(address);

  const failure = await failureOf(client({ url: proxy.url }).searchEvents({ query: { filter: 'severity>=' } }));

  expect([failure.code, failure.retryable]).toEqual(['InvalidFilter', false]);
  expect(failure.message).toContain('expected');
  expect(proxy.seen).toHaveLength(1);
});

test('a token that is none is Unauthenticated, and what a role may not do is Forbidden', async () => {
  const { client } = await openCalling('client identity');

  expect((await failureOf(client({ token: 'x' }).getIdentity())).code).toBe('Unauthenticated');
  expect((await failureOf(client({}, { roles: ['viewer'] }).publish(numbered(newDevice(), 1)))).code).toBe('Forbidden');
});

test('a server that is not there is ConnectionFailed after all tries, and so is a proxy without one', async () => {
  const server = createServer((_, answer) => answer.writeHead(502).end('<h1>Bad Gateway</h1>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let calls = 0;
  const counting: typeof fetch = (...given) => {
    calls += 1;
    return fetch(...given);
  };

  const behind = await failureOf(createClient({ url, pause: 1, retries: 2, fetch: counting }).getStats());
  server.close();
  server.closeAllConnections();
  const away = await failureOf(createClient({ url, pause: 1, retries: 2, fetch: counting }).getStats());

  expect([behind.code, away.code]).toEqual(['ConnectionFailed', 'ConnectionFailed']);
  expect(calls).toBe(6);
});

test('a call that is called off ends at once with the reason, also between two tries', async () => {
  const { address, client } = await openCalling('client abort');
  const proxy = await Proxy.open(address, 'busy', 'busy', 'busy');
  const reason = new Error('enough');
  const abort = new AbortController();

  const call = client({ url: proxy.url }).searchEvents({ signal: abort.signal });
  await expect.poll(() => proxy.seen.length).toBe(1);
  abort.abort(reason);

  await expect(call).rejects.toBe(reason);
});

test('a replay gives the events in order, and the state behind them', async () => {
  const { address, client, store } = await openCalling('client replay');
  const device = newDevice();
  await client({ url: address }).publish(many(device, 3));
  const lines: object[] = [];

  const window = { from: new Date(Date.now() - 60_000).toISOString(), to: new Date(Date.now() + 60_000).toISOString() };
  for await (const line of client({ url: address }).replay({ params: { uuid: device }, query: window }))
    lines.push(line);

  const recorded = await store.getDeviceTimeline(device);
  expect(lines.slice(0, -1)).toEqual(
    recorded.map(({ event_id }) => ({ event: expect.objectContaining({ event_id }) })),
  );
  expect(lines.at(-1)).toMatchObject({ events_replayed: 3, final_state: expect.anything() });
});

test('search goes through all pages: every event once, newest first', async () => {
  const { address, client } = await openCalling('client search');
  const proxy = await Proxy.open(address);
  const device = newDevice();
  await client().publish(many(device, 25));

  const found: number[] = [];
  for await (const { data } of client({ url: proxy.url }).search({ deviceUuid: device, limit: 10 }))
    found.push(Number((data as { reason: string }).reason.slice(1)));

  expect(found).toHaveLength(25);
  expect(new Set(found).size).toBe(25);
  expect(proxy.seen).toHaveLength(3);
});

test('an address that is none is refused before anything is sent', () => {
  expect(() => createClient({ url: 'nowhere' })).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
});
