/** CloudEvents 1.0 go in by every mode, and come out again as they were. */
import { expect, test } from 'vitest';
import { openServing, type Serving } from '../serving.ts';
import { press, publish, trace } from './publish.ts';

const id = '0192f0c1-7a52-7c3e-9b1a-000000000001';
const cloudEvent = {
  specversion: '1.0',
  id,
  source: '/svc/gateway/gw-1',
  type: 'com.example.device.online',
  subject: press,
  time: '2026-01-02T03:04:05.1234567Z',
  datacontenttype: 'application/json',
  data: {},
  severitytext: 'warning',
  severitynumber: 13,
  sampledrate: 5,
};
const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const batch = { 'content-type': 'application/cloudevents-batch+json' };

const only = async ({ store }: Serving) => (await store.search())[0];

test('structured: the envelope is read by the mapping, and the CloudEvent comes out again', async () => {
  const serving = await openServing('cloud event structured');
  const answer = await publish(serving, cloudEvent, structured);
  expect([answer.statusCode, answer.json()]).toMatchObject([201, { receipts: [{ status: 'stored', event_id: id }] }]);
  expect(await only(serving)).toMatchObject({
    event_id: id,
    event_type: 'device.online',
    device_uuid: press,
    timestamp: '2026-01-02T03:04:05.123456Z',
    source: 'gateway',
    severity: 'warning',
    tenant: 'acme',
    metadata: { source: { service: 'gateway', instance_id: 'gw-1' }, cloudevent: { sampledrate: 5 } },
  });

  const authorization = `Bearer ${await serving.token()}`;
  const accept = 'application/cloudevents+json';
  const one = await serving.app.inject({ url: `/api/v1/events/${id}`, headers: { authorization, accept } });
  expect(one.headers['content-type']).toMatch(accept);
  expect(one.json()).toMatchObject({ ...cloudEvent, time: '2026-01-02T03:04:05.123456Z', tenantid: 'acme' });

  const page = await serving.app.inject({
    url: '/api/v1/events?limit=1',
    headers: { authorization, accept: 'application/cloudevents-batch+json' },
  });
  expect(page.json()).toEqual([one.json()]);
  expect(page.headers['telltale-next-cursor']).toBeUndefined();
});

test('batch: all or none, and partly where that is asked for', async () => {
  const serving = await openServing('cloud event batch');
  const events = [
    cloudEvent,
    { ...cloudEvent, id: 'order-66', source: 'urn:x' },
    { ...cloudEvent, specversion: '0.3' },
  ];
  const refused = await publish(serving, events, batch);
  expect(refused.json()).toMatchObject({
    status: 422,
    code: 'InvalidEvent',
    errors: [{ index: 2, pointer: '/specversion' }],
  });
  expect(await serving.store.search()).toEqual([]);

  const part = await publish(serving, events, batch, { query: '?partial=true' });
  expect(part.json()).toMatchObject({
    receipts: [{ status: 'stored' }, { status: 'stored' }, null],
    refused: [{ index: 2, problem: { code: 'InvalidEvent' } }],
  });
  const again = await publish(serving, events.slice(0, 2), batch);
  expect(again.json()).toMatchObject({ receipts: [{ status: 'duplicate' }, { status: 'duplicate' }] });
});

test('binary: headers are attributes, percent-encoded; the body is the data, and may be none', async () => {
  const serving = await openServing('cloud event binary');
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': 'r%C3%BCckruf%20%22eins%22',
    'ce-source': '/svc/gateway',
    'ce-type': 'device.offline',
    'ce-subject': press,
    'ce-authtype': 'app_user',
    'ce-authid': '"anna \\"the\\" %E2%82%AC"',
    traceparent: trace('c'),
  };
  const answer = await publish(serving, { reason: 'power cut' }, headers);
  expect(answer.json()).toMatchObject({ receipts: [{ status: 'stored' }] });
  expect(await only(serving)).toMatchObject({
    data: { reason: 'power cut' },
    actor_type: 'user',
    actor_id: 'anna "the" €',
    traceparent: trace('c'),
    metadata: { cloudevent: { id: 'rückruf "eins"' } },
  });

  const { 'ce-authtype': _type, 'ce-authid': _id, ...bare } = headers;
  const empty = await serving.app.inject({
    method: 'POST',
    url: '/api/v1/events',
    headers: { ...bare, 'ce-type': 'device.online', 'ce-id': '2', authorization: `Bearer ${await serving.token()}` },
  });
  expect(empty.json()).toMatchObject({ receipts: [{ status: 'stored' }] });
});

test('a type that was registered at run time is found behind its prefix, and 48 kB of data is taken', async () => {
  const serving = await openServing('cloud event registered');
  const schema = { type: 'object', properties: { text: { type: 'string' } } };
  await serving.store.registerEventType({ name: 'press.part.jammed', description: 'A part jammed', schema });
  const data = { text: 'x'.repeat(48_000) };
  const answer = await publish(serving, { ...cloudEvent, type: 'com.example.press.part.jammed', data }, structured);

  expect(answer.json()).toMatchObject({ receipts: [{ status: 'stored' }] });
  expect(await only(serving)).toMatchObject({ event_type: expect.any(String) });
  expect((await serving.store.search({ eventTypes: ['press.part.jammed'] }))[0]?.data).toEqual(data);
});

test.each([
  ['no source', { ...cloudEvent, source: undefined }, '/source'],
  ['an object as an attribute', { ...cloudEvent, extra: {} }, '/extra'],
  ['an attribute with capitals', { ...cloudEvent, sampledRate: 1 }, '/sampledRate'],
  ['data that are no object', { ...cloudEvent, data: [1] }, '/data'],
  ['data_base64 that is no JSON', { ...cloudEvent, data: undefined, data_base64: 'AAAA' }, '/data_base64'],
  ['a time that is none', { ...cloudEvent, time: 'yesterday' }, '/timestamp'],
])('%s is refused, and where', async (_, event, pointer) => {
  const answer = await publish(await openServing('cloud event bad'), event, structured);

  expect([answer.statusCode, answer.json().errors]).toMatchObject([422, [{ index: 0, pointer }]]);
});
