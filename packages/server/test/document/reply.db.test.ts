/** Real replies, in every form they come in, are what the document says of them. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { online, press } from '../publish/publish.ts';
import { openServing } from '../serving.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
(addFormats as unknown as (ajv: unknown) => void)(ajv);

const escape = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

const id = '0192f0c1-7a52-7c3e-9b1a-00000000cafe';
const wrong = { ...online, event_type: 'device.unheard_of' };
const cloudEvent = { specversion: '1.0', id, source: '/svc/x', type: 'device.online', subject: press, data: {} };
const window = 'from=2020-01-01T00:00:00Z&to=2030-01-01T00:00:00Z';

/** Method, path of the document, address, what it is sent and asked for. */
const calls: readonly (readonly [string, string, string, object | string | null, string?])[] = [
  ['POST', '/api/v1/events', '/api/v1/events', cloudEvent, 'application/cloudevents+json'],
  ['POST', '/api/v1/events', '/api/v1/events?partial=true', [online, wrong], 'application/json'],
  [
    'POST',
    '/api/v1/events',
    '/api/v1/events',
    `${JSON.stringify(online)}\n${JSON.stringify(wrong)}`,
    'application/x-ndjson',
  ],
  ['POST', '/api/v1/events', '/api/v1/events', wrong, 'application/json'],
  ['GET', '/api/v1/events', '/api/v1/events', null, 'application/cloudevents-batch+json'],
  ['GET', '/api/v1/events/{event_id}', `/api/v1/events/${id}`, null, 'application/cloudevents+json'],
  ['GET', '/api/v1/events/{event_id}', `/api/v1/events/${id}`, null],
  ['GET', '/api/v1/devices/{uuid}/replay', `/api/v1/devices/${press}/replay?${window}`, null],
  ['GET', '/api/v1/identity', '/api/v1/identity', null],
  ['POST', '/api/v1/tickets', '/api/v1/tickets', { path: '/api/v1/events/stream' }, 'application/json'],
  ['GET', '/livez', '/livez', null],
  ['GET', '/readyz', '/readyz', null],
  ['GET', '/openapi.json', '/openapi.json', null],
  ['GET', '/asyncapi.json', '/asyncapi.json', null],
  ['GET', '/api/v1/log', '/api/v1/log?limit=x', null],
];

test('every form of a reply fits its schema in the document', async () => {
  const { app, token } = await openServing('document replies');
  const document: object = (await app.inject({ url: '/openapi.json' })).json();
  ajv.addSchema(document, 'document');
  const authorization = `Bearer ${await token()}`;
  for (const [method, path, url, body, type = 'application/json'] of calls) {
    const answer = await app.inject({
      method: method as 'GET',
      url,
      headers: { authorization, ...(body === null ? { accept: type } : { 'content-type': type }) },
      ...(body !== null && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const media = String(answer.headers['content-type']).split(';')[0] as string;
    const status =
      answer.statusCode >= 400 && path !== '/readyz'
        ? 'default'
        : path === '/readyz'
          ? '200'
          : String(answer.statusCode);
    const pointer = ['paths', path, method.toLowerCase(), 'responses', status, 'content', media, 'schema'];
    const validate = ajv.compile({ $ref: `document#/${pointer.map(escape).map(encodeURIComponent).join('/')}` });
    const parts = media === 'application/x-ndjson' ? answer.body.trimEnd().split('\n') : [answer.body];
    for (const part of parts) {
      validate(JSON.parse(part));
      expect([url, type, validate.errors, part.length > 2]).toEqual([url, type, null, true]);
    }
  }
});
