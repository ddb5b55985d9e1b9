/** What is refused before a stream begins, and what it may show to whom. */
import { request } from 'node:http';
import { type Problem, problemType } from '@telltale/protocol';
import { expect, test } from 'vitest';
import { newDevice, numbered, numbersOf, openFollowing } from './following.ts';
import type { SseReader } from './sse-reader.ts';

const isOpen = ({ status }: SseReader): boolean => status === 200;
const isOver = ({ closed }: SseReader): boolean => closed;

async function problemOf(reader: SseReader): Promise<Pick<Problem, 'status' | 'code'> & { type: string | undefined }> {
  await reader.until(isOver);
  const { status, code } = JSON.parse(reader.body) as Problem;
  expect(reader.status).toBe(status);
  return { status, code, type: reader.headers['content-type'] };
}

test('a filter or a cursor that is none is refused as a problem, before the stream begins', async () => {
  const { follow } = await openFollowing('live malformed');
  const asked = [
    'filter=severity%3A%3A',
    'after=nonsense',
    'after=eyJhIjoxfQ.abcdefgh',
    'last=-1',
    'last=1001',
    'lsat=1',
  ];

  const found = await Promise.all(
    asked.map(async (query) => problemOf(await follow(`/api/v1/events/stream?${query}`))),
  );

  expect(found.map(({ code }) => code)).toEqual([
    'InvalidFilter',
    'InvalidCursor',
    'InvalidCursor',
    'InvalidArgument',
    'InvalidArgument',
    'InvalidArgument',
  ]);
  expect(new Set(found.map(({ type }) => type))).toEqual(new Set([problemType]));
});

test('a socket is refused as a problem too, before it is upgraded', async () => {
  const { address, token } = await openFollowing('live malformed socket');
  const authorization = `Bearer ${await token()}`;
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const headers = { authorization, ...upgrade, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };

  const status = await new Promise((resolve, reject) => {
    const asked = request(`${address}/api/v1/events/ws?after=nonsense`, { headers, agent: false });
    asked.on('response', (response) => resolve([response.statusCode, response.headers['content-type']]));
    asked.on('upgrade', () => reject(new Error('expected a refusal (found: an upgrade)')));
    asked.on('error', reject);
    asked.end();
  });

  expect(status).toEqual([400, problemType]);
});

test('no subject has more streams than its share, and one that ends makes room', async () => {
  const { follow } = await openFollowing('live share', { live: { streamsPerToken: 2 } });
  const [first, second] = [await follow('/api/v1/events/stream'), await follow('/api/v1/events/stream')];
  await Promise.all([first, second].map((reader) => reader.until(isOpen)));
  expect(await problemOf(await follow('/api/v1/events/stream'))).toMatchObject({
    status: 429,
    code: 'TooManyRequests',
  });
  const other = await follow('/api/v1/events/stream', { claims: { sub: 'bert' } });
  await other.until(isOpen);

  first.close();

  for (let status = 429; status === 429; ) {
    const reader = await follow('/api/v1/events/stream');
    await reader.until(({ status: found }) => found !== 0);
    status = reader.status;
  }
});

test('a tenant sees its own events alone, without places, and its cursors serve nobody else', async () => {
  const { store, follow } = await openFollowing('live tenant');
  const device = newDevice();
  const own = await follow('/api/v1/events/stream');
  const foreign = await follow(`/api/v1/devices/${device}/events/stream`, { claims: { tenant: 'umbrella' } });
  await Promise.all([own, foreign].map((reader) => reader.until(isOpen)));
  await store.publishBatch([1, 2, 3, 4].map((number) => numbered(device, number, number % 2 ? 'acme' : 'umbrella')));

  await Promise.all([own, foreign].map((reader) => reader.until(({ events }) => events.length >= 2)));

  expect([numbersOf(own), numbersOf(foreign)]).toEqual([
    [1, 3],
    [2, 4],
  ]);
  for (const place of ['log', 'position', 'tier_position', 'checksum']) expect(own.events[0]).not.toHaveProperty(place);
  expect(new Set(own.messages.map(({ id }) => id?.length)).size).toBe(1);
  const stolen = await follow('/api/v1/events/stream', {
    claims: { tenant: 'umbrella' },
    lastEventId: own.messages[0]?.id,
  });
  expect(await problemOf(stolen)).toMatchObject({ status: 400, code: 'InvalidCursor' });
});

test('a device follows itself and nothing else', async () => {
  const { follow } = await openFollowing('live device role');
  const [device, other] = [newDevice(), newDevice()];
  const claims = { roles: ['device'] as const, device, sub: device };

  const own = await follow(`/api/v1/devices/${device}/events/stream`, { claims });
  await own.until(isOpen);
  const refused = [`/api/v1/devices/${other}/events/stream`, '/api/v1/events/stream'];

  for (const path of refused) {
    expect(await problemOf(await follow(path, { claims }))).toMatchObject({ status: 403, code: 'Forbidden' });
  }
});
