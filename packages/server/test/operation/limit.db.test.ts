/** What one caller may take: requests, bytes, time; each refusal is a problem that says when to try again. */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openServing, type Serving } from '../serving.ts';
import { holdAppends } from './hold.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
const event = { event_type: 'device.rebooted', device_uuid: device, data: {} };

async function authorization({ token }: Serving, claims = {}): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await token(claims)}` };
}

/** A raw connection, and everything that comes back on it. */
async function dial(serving: Serving): Promise<{ socket: Socket; answer: Promise<string> }> {
  if (!serving.app.server.listening) await serving.app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((serving.app.server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return { socket, answer: once(socket, 'close').then(() => Buffer.concat(parts).toString()) };
}

test('a subject that used up its rate gets 429 with Retry-After; another subject, and another tenant, do not', async () => {
  const serving = await openServing('rate', { limits: { requestsPerMinute: 3 } });
  const ask = async (claims = {}) =>
    serving.app.inject({ url: '/api/v1/events', headers: await authorization(serving, claims) });
  for (let number = 0; number < 3; number += 1) expect((await ask()).statusCode).toBe(200);

  const refused = await ask();

  expect(refused.statusCode).toBe(429);
  expect(refused.headers['content-type']).toBe('application/problem+json');
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(refused.json()).toMatchObject({ code: 'TooManyRequests', retryable: true });
  expect((await ask({ sub: 'bert' })).statusCode).toBe(200);
  expect((await ask({ tenant: 'other' })).statusCode).toBe(200);
});

test('a token that nobody signed uses up nobody else’s rate', async () => {
  const serving = await openServing('forged rate', { limits: { requestsPerMinute: 2 } });
  const { authorization: good } = await authorization(serving);
  const forged = good.slice(0, -4) + (good.endsWith('AAAA') ? 'BBBB' : 'AAAA');
  const ask = (token: string) => serving.app.inject({ url: '/api/v1/events', headers: { authorization: token } });
  for (let number = 0; number < 5; number += 1) expect((await ask(forged)).statusCode).toBe(401);

  expect((await ask(good)).statusCode).toBe(200);
});

test('a body, and a batch, over the limit are refused with 413', async () => {
  const serving = await openServing('sizes', { limits: { bodyBytes: 2000, batchEvents: 2 } });
  const headers = await authorization(serving);
  const post = (payload: object) => serving.app.inject({ method: 'POST', url: '/api/v1/events', headers, payload });

  const big = await post({ ...event, data: { reason: 'x'.repeat(3000) } });
  const many = await post([event, event, event]);

  expect([big.statusCode, big.json().code]).toEqual([413, 'RequestTooLarge']);
  expect([many.statusCode, many.json().code]).toEqual([413, 'BatchTooLarge']);
  expect((await post([event, event])).statusCode).toBe(201);
});

test('who sends the head of a request too slowly is answered 408 and cut off', async () => {
  const serving = await openServing('slow head', { limits: { headSeconds: 0.4 } });
  const { socket, answer } = await dial(serving);
  socket.write('GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ');
  const drip = setInterval(() => socket.write('a'), 50);
  onTestFinished(() => clearInterval(drip));

  const text = await answer;

  expect(text).toMatch(/^HTTP\/1.1 408 /);
  expect(text).toContain('content-type: application/problem+json');
  expect(text).toContain('"code":"RequestTimedOut"');
});

test.each([
  ['with a token is answered 408', true, 'HTTP/1.1 408'],
  ['without a token has been answered 401', false, 'HTTP/1.1 401'],
])('who sends a body too slowly and %s, and is cut off', async (_, withToken, start) => {
  const serving = await openServing('slow body', { limits: { bodySeconds: 0.4 } });
  const { socket, answer } = await dial(serving);
  const token = withToken ? `authorization: ${(await authorization(serving)).authorization}\r\n` : '';
  socket.write(
    `POST /api/v1/events HTTP/1.1\r\nhost: x\r\n${token}content-type: application/json\r\ncontent-length: 1000\r\n\r\n{`,
  );
  const drip = setInterval(() => socket.write(' '), 50);
  onTestFinished(() => clearInterval(drip));

  expect((await answer).slice(0, start.length)).toBe(start);
});

test('bodies beyond what the server holds at once are refused with 503, and room comes back', async () => {
  const serving = await openServing('pending', { limits: { pendingBytes: 150 } });
  const headers = await authorization(serving);
  const post = () => serving.app.inject({ method: 'POST', url: '/api/v1/events', headers, payload: event });
  const release = await holdAppends(serving.url);

  // Whichever of the two comes first has the room; the other is told at once.
  const two = [post(), post()];
  const full = await Promise.race(two);
  await release();

  expect([full.statusCode, full.json().code, full.headers['retry-after']]).toEqual([503, 'ServerBusy', '2']);
  expect((await Promise.all(two)).map(({ statusCode }) => statusCode).toSorted((one, other) => one - other)).toEqual([
    201, 503,
  ]);
  expect((await post()).statusCode).toBe(201);
});

test('a subject whose uploads lie idle leaves half of the room to the others', async () => {
  const serving = await openServing('idle uploads', { limits: { pendingBytes: 4 * 1024 * 1024 } });
  const head =
    'POST /api/v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n';
  const { authorization: own } = await authorization(serving);
  for (let upload = 0; upload < 4; upload++) {
    const { socket } = await dial(serving);
    socket.write(`${head}authorization: ${own}\r\n\r\n`);
  }
  const post = async (claims: object) =>
    serving.app.inject({
      method: 'POST',
      url: '/api/v1/events',
      headers: await authorization(serving, claims),
      payload: event,
    });
  await expect.poll(async () => (await post({})).statusCode).toBe(503);

  expect((await post({ sub: 'bert' })).statusCode).toBe(201);
});

test('what is no HTTP at all is answered with a problem too', async () => {
  const serving = await openServing('no http');
  const { socket, answer } = await dial(serving);
  socket.write('hello\r\n\r\n');

  expect(await answer).toContain('"code":"InvalidArgument"');
});

test('a client that takes nothing of its answer is cut off; one that takes it slowly gets all of it', async () => {
  const serving = await openServing('untaken', { limits: { answerSeconds: 1 } });
  const note = 'x'.repeat(40_000);
  const events = Array.from({ length: 400 }, () => ({ ...event, metadata: { tags: { note } } }));
  await serving.store.ofTenant('acme').publishBatch(events);
  const { authorization: token } = await authorization(serving);
  const ask = async (): Promise<Socket> => {
    const { socket } = await dial(serving);
    socket.removeAllListeners('data').pause();
    socket.write(`GET /api/v1/events?limit=400 HTTP/1.1\r\nhost: x\r\nauthorization: ${token}\r\n\r\n`);
    return socket;
  };

  const idle = await ask();
  const slow = await ask();
  let taken = 0;
  const look = setInterval(() => {
    const bytes = slow.read() as Buffer | null;
    taken += bytes?.length ?? 0;
  }, 20);
  onTestFinished(() => clearInterval(look));
  const { server } = serving.app;
  const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));

  await expect.poll(connections, { timeout: 10_000 }).toBe(1);
  await expect.poll(() => taken, { timeout: 20_000 }).toBeGreaterThan(16_000_000);
  idle.destroy();
});
