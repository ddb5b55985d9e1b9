/** The log of a server says what happened, and holds nothing of who asked or what for. */
import { expect, test } from 'vitest';
import { openServing } from '../serving.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';

test('neither tokens nor tickets, names, addresses or questions come into the log, whatever fails', async () => {
  const lines: string[] = [];
  const log = { level: 'trace', stream: { write: (line: string) => void lines.push(line) } };
  const { app, token, store } = await openServing('log', { log });
  const secretToken = await token({ sub: 'planted-subject' });
  const headers = {
    authorization: `Bearer ${secretToken}`,
    cookie: 'session=planted-cookie',
    'x-forwarded-for': '203.0.113.77',
    'user-agent': 'planted-agent',
  };
  const get = (url: string) => app.inject({ url, headers, remoteAddress: '203.0.113.77' });
  await app.inject({
    method: 'POST',
    url: '/api/v1/events',
    headers,
    payload: {
      event_type: 'device.rebooted',
      device_uuid: device,
      data: {},
      metadata: { actor: { type: 'user', id: 'planted-actor', name: 'planted-name', ip_address: '203.0.113.77' } },
    },
  });
  await get('/api/v1/events?text=planted-question&ticket=planted-ticket&after=planted-cursor');
  await get('/api/v1/events?cursor=planted-cursor');
  await get('/api/v1/nowhere/planted-path?ticket=planted-ticket');
  await get('/api/v1/events/%E0%A4%A');
  await app.inject({ url: '/api/v1/events', headers: { authorization: `Bearer ${secretToken}x` } });
  await store.close();
  expect((await get('/api/v1/events')).statusCode).toBeGreaterThanOrEqual(500);

  const text = lines.join('');
  expect(text).not.toMatch(/planted|203\.0\.113\.77/);
  expect(text).not.toContain(secretToken);
  expect(text).not.toContain(secretToken.split('.')[1]);
  expect(lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'answered')).toContainEqual(
    expect.objectContaining({ method: 'POST', route: '/api/v1/events', status: 201, ms: expect.any(Number) }),
  );
});

test('an error of the server is in its log, under the id that the answer names, without the values that it holds', async () => {
  const lines: string[] = [];
  const log = { stream: { write: (line: string) => void lines.push(line) } };
  const { app, token, store } = await openServing('logged error', { log });
  await store.close();

  const answer = await app.inject({ url: '/api/v1/events', headers: { authorization: `Bearer ${await token()}` } });

  const failures = lines.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50);
  expect(answer.statusCode).toBe(503);
  expect(failures).toEqual([expect.objectContaining({ reqId: answer.json().instance, err: expect.any(Object) })]);
});
