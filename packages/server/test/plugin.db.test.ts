/** The server in an app of somebody else's: each answers its own paths in its own way. */
import Fastify, { type FastifyInstance } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { telltale } from '../src/index.ts';
import { openServing, type Serving } from './serving.ts';

const rebooted = { event_type: 'device.rebooted', device_uuid: '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11', data: {} };

interface Mounted extends Serving {
  readonly host: FastifyInstance;
  readonly headers: { readonly authorization: string };
}

/** An app with a route, a handler of errors and an answer to unknown paths of its own. */
async function openMounted(title: string, prefix: string, limits = {}): Promise<Mounted> {
  const serving = await openServing(title);
  const { store, secret } = serving;
  const host = Fastify();
  onTestFinished(() => host.close());
  host.setErrorHandler((error: Error, _request, reply) => reply.status(418).send({ own: error.message }));
  host.setNotFoundHandler((_request, reply) => reply.status(404).send({ own: 'nothing here' }));
  host.get('/fails', async () => {
    throw new Error('broken');
  });
  host.post('/echo', async ({ body }) => body);
  await host.register(telltale, { prefix, store, secret, audit: false, limits });
  return { ...serving, host, headers: { authorization: `Bearer ${await serving.token()}` } };
}

test.each([
  ['under a prefix', '/telltale'],
  ['without a prefix', ''],
])('mounted %s, the app keeps its own answers, and ours are problems', async (_, prefix) => {
  const { host, headers } = await openMounted('mounted', prefix);
  const ask = async (url: string, payload?: object): Promise<[number, unknown]> => {
    const answer = await host.inject({ method: payload ? 'POST' : 'GET', url, headers, ...(payload && { payload }) });
    return [answer.statusCode, answer.json()];
  };

  expect(await ask('/fails')).toEqual([418, { own: 'broken' }]);
  expect(await ask('/nowhere')).toEqual([404, { own: 'nothing here' }]);
  expect(await ask('/echo', { said: 1 })).toEqual([200, { said: 1 }]);
  expect(await ask(`${prefix}/api/v1/events`, rebooted)).toMatchObject([201, {}]);
  expect(await ask(`${prefix}/api/v1/events?limit=1`)).toMatchObject([200, { events: [rebooted] }]);
  expect(await ask(`${prefix}/api/v1/events?limit=0`)).toMatchObject([400, { code: 'InvalidArgument' }]);
});

test('under a prefix, unknown paths below it are problems', async () => {
  const { host, headers } = await openMounted('mounted unknown', '/telltale');

  const answer = await host.inject({ url: '/telltale/nowhere', headers });

  expect([answer.statusCode, answer.json().code]).toEqual([404, 'NotFound']);
});

test('the limit for bodies holds in the app too, and for our paths alone', async () => {
  const { host, headers } = await openMounted('mounted limit', '/telltale', { bodyBytes: 500 });
  const payload = { ...rebooted, data: { reason: 'x'.repeat(1000) } };
  const post = (url: string) => host.inject({ method: 'POST', url, headers, payload });

  const refused = await post('/telltale/api/v1/events');

  expect([refused.statusCode, refused.json().code]).toEqual([413, 'RequestTooLarge']);
  expect((await post('/echo')).statusCode).toBe(200);
});
