/** The same streams over WebSocket, read by the public `ws` package. */
import { CloudEvent } from 'cloudevents';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Following, newDevice, numbered, openFollowing } from './following.ts';

interface Message {
  readonly type: string;
  readonly cursor: string;
  readonly event: { readonly data: { readonly reason: string } };
}

class SocketReader {
  readonly messages: Message[] = [];
  readonly socket: WebSocket;
  pings = 0;
  closeCode: number | undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => this.messages.push(JSON.parse(data.toString()) as Message));
    socket.on('ping', () => {
      this.pings += 1;
    });
    socket.on('close', (code) => {
      this.closeCode = code;
    });
    onTestFinished(() => socket.terminate());
  }

  get numbers(): number[] {
    return this.messages.filter(({ type }) => type === 'event').map(({ event }) => Number(event.data.reason.slice(1)));
  }
}

async function open(serving: Following, path: string, protocols: string[] = []): Promise<SocketReader> {
  return connect(serving, path, protocols, { authorization: `Bearer ${await serving.token()}` });
}

async function connect(
  serving: Following,
  path: string,
  protocols: string[] = [],
  headers: Record<string, string> = {},
): Promise<SocketReader> {
  const socket = new WebSocket(`${serving.address.replace('http', 'ws')}${path}`, protocols, { headers });
  const reader = new SocketReader(socket);
  await new Promise((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  return reader;
}

test('a socket gets events with cursors, and another resumes behind one of them', async () => {
  const serving = await openFollowing('socket');
  const device = newDevice();
  const first = await open(serving, `/api/v1/devices/${device}/events/ws`);
  await serving.store.publishBatch([1, 2, 3].map((number) => numbered(device, number)));
  await expect.poll(() => first.numbers, { timeout: 10_000 }).toEqual([1, 2, 3]);
  const { cursor } = first.messages.filter(({ type }) => type === 'event')[0] as Message;

  const second = await open(serving, `/api/v1/events/ws?after=${cursor}`, ['telltale.json']);

  await expect.poll(() => second.numbers, { timeout: 10_000 }).toEqual([2, 3]);
  expect([first.socket.protocol, second.socket.protocol]).toEqual(['', 'telltale.json']);
});

test('a ticket opens a socket without a header, once', async () => {
  const serving = await openFollowing('socket ticket');
  const device = newDevice();
  const path = `/api/v1/devices/${device}/events/ws`;
  const answer = await fetch(`${serving.address}/api/v1/tickets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await serving.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ path }),
  });
  const { ticket } = (await answer.json()) as { ticket: string };
  const reader = await connect(serving, `${path}?ticket=${ticket}`);
  await serving.store.publish(numbered(device, 1));

  await expect.poll(() => reader.numbers, { timeout: 10_000 }).toEqual([1]);
  await expect(connect(serving, `${path}?ticket=${ticket}`)).rejects.toThrow('401');
});

test('the connection of a socket that is refused is closed, so that the server can stop', async () => {
  const serving = await openFollowing('socket refused');
  const path = `/api/v1/devices/${newDevice()}/events/ws`;
  for (const headers of [{}, { authorization: 'Bearer none' }]) {
    await expect(connect(serving, path, [], headers)).rejects.toThrow('401');
  }
  const connections = (): Promise<number> =>
    new Promise((resolve) => serving.app.server.getConnections((_, count) => resolve(count)));

  await expect.poll(connections, { timeout: 5000 }).toBe(0);
});

test('under cloudevents.json every message is a CloudEvent that the SDK takes', async () => {
  const serving = await openFollowing('socket cloudevents');
  const device = newDevice();
  const reader = await open(serving, `/api/v1/devices/${device}/events/ws`, ['unknown', 'cloudevents.json']);
  await serving.store.publish(numbered(device, 1));
  await expect.poll(() => reader.messages.length, { timeout: 10_000 }).toBeGreaterThan(0);

  const event = new CloudEvent(reader.messages[0] as unknown as ConstructorParameters<typeof CloudEvent>[0]);

  expect(event.validate()).toBe(true);
  expect(event).toMatchObject({ type: 'device.online', data: { reason: 'n1' }, cursor: expect.any(String) });
  expect(reader.socket.protocol).toBe('cloudevents.json');
});

test('a quiet socket is pinged and told where it stands; one that does not answer is closed', async () => {
  const serving = await openFollowing('socket heartbeat', { live: { heartbeatSeconds: 0.2 } });
  const reader = await open(serving, '/api/v1/events/ws');
  await expect.poll(() => reader.pings, { timeout: 10_000 }).toBeGreaterThan(2);
  expect(reader.messages.map(({ type }) => type)).toContain('heartbeat');

  // What `ws` answers by itself is kept from the network.
  reader.socket.pong = () => undefined;

  await expect.poll(() => reader.closeCode, { timeout: 10_000 }).toBe(1006);
});

test('when the server stops, sockets and streams are told to go elsewhere, at once', async () => {
  const serving = await openFollowing('live stop');
  const socket = await open(serving, '/api/v1/events/ws');
  const reader = await serving.follow('/api/v1/events/stream');
  await reader.until(({ status }) => status === 200);
  const began = performance.now();

  await serving.app.close();

  await reader.until(({ closed }) => closed);
  await expect.poll(() => socket.closeCode, { timeout: 5000 }).toBe(1001);
  expect(performance.now() - began).toBeLessThan(10_000);
});
