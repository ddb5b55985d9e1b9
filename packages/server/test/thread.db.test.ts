/** One event all the way: published over HTTP, found over HTTP, by its own tenant alone. */
import { expect, test } from 'vitest';
import { openServing } from './serving.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
const event = { event_type: 'device.rebooted', device_uuid: device, aggregate_id: device, data: {} };

test('what is published over HTTP is found over HTTP, by its own tenant alone', async () => {
  const { app, token } = await openServing('thread');
  const authorization = `Bearer ${await token()}`;

  const published = await app.inject({
    method: 'POST',
    url: '/api/v1/events',
    headers: { authorization },
    payload: event,
  });
  expect([published.statusCode, published.json()]).toEqual([
    201,
    expect.objectContaining({ receipts: [expect.objectContaining({ status: 'stored' })] }),
  ]);

  const found = await app.inject({ url: `/api/v1/events?deviceUuid=${device}`, headers: { authorization } });
  expect(found.json().events).toEqual([expect.objectContaining({ event_type: 'device.rebooted', tenant: 'acme' })]);

  const foreign = await app.inject({
    url: '/api/v1/events',
    headers: { authorization: `Bearer ${await token({ tenant: 'other' })}` },
  });
  expect(foreign.json()).toEqual({ events: [], nextCursor: null });
});

test('a request without a token is a problem that says what is missing', async () => {
  const { app } = await openServing('no token');

  const answer = await app.inject({ url: '/api/v1/events' });

  expect([answer.statusCode, answer.headers['content-type'], answer.headers['www-authenticate']]).toEqual([
    401,
    'application/problem+json',
    'Bearer',
  ]);
  expect(answer.json()).toMatchObject({
    type: 'urn:telltale:problem:unauthenticated',
    code: 'Unauthenticated',
    status: 401,
  });
});
