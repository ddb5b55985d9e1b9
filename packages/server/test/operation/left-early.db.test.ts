/** Who goes away while its token is still looked at takes no share of the limits with it. */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { makeKey, openIssuer, sign } from '../identity/issuer.ts';
import { openServing, type Serving } from '../serving.ts';

const event = { event_type: 'device.rebooted', device_uuid: '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11', data: {} };

interface Doubtful extends Serving {
  readonly authorization: string;
  /** Sends a request, and goes away before the keys are there that its token is checked with. */
  readonly leave: (head: string) => Promise<void>;
}

/** A server whose issuer of tokens takes its time. */
async function openDoubtful(title: string, options: Parameters<typeof openServing>[1]): Promise<Doubtful> {
  const key = await makeKey('one', 'ES256');
  const issuer = await openIssuer([key]);
  const serving = await openServing(title, { identity: { jwks: issuer.url }, ...options });
  const authorization = `Bearer ${await sign(key, { roles: ['admin'] })}`;
  await serving.app.listen({ host: '127.0.0.1', port: 0 });
  const { server } = serving.app;
  const connections = promisify(server.getConnections.bind(server));
  const leave = async (head: string): Promise<void> => {
    const release = issuer.hold();
    const socket: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write(`${head}\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`);
    await expect.poll(issuer.fetches).toBe(1);
    socket.destroy();
    await expect.poll(() => connections()).toBe(0);
    release();
  };
  return { ...serving, authorization, leave };
}

test('a body that was announced and never came makes room for the next', async () => {
  const { app, authorization, leave } = await openDoubtful('left body', { limits: { pendingBytes: 150 } });
  await leave('POST /api/v1/events HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 120');

  const { statusCode } = await app.inject({
    method: 'POST',
    url: '/api/v1/events',
    headers: { authorization },
    payload: event,
  });

  expect(statusCode).toBe(201);
});

test('a stream whose client never saw it makes room for the next', async () => {
  const { app, authorization, leave } = await openDoubtful('left stream', { live: { streamsPerToken: 1 } });
  await leave('GET /api/v1/events/stream HTTP/1.1');

  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const { port } = app.server.address() as AddressInfo;
  const { status } = await fetch(`http://127.0.0.1:${port}/api/v1/events/stream`, {
    headers: { authorization },
    signal: abort.signal,
  });

  expect(status).toBe(200);
});
