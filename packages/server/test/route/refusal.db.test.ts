/** What does not fit is refused as a problem that says where, before any statement runs. */
import { type FailureCode, failures } from '@telltale/catalogue';
import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';
import { type History, openHistory, press, replyOf } from './history.ts';

const device = { uuid: press };
const unheard = '0192f0c1-7a52-7c3e-9b1a-000000000009';

type Case = readonly [
  title: string,
  name: Parameters<History['call']>[0],
  input: NonNullable<Parameters<History['call']>[1]>,
  pointer: string,
  code?: FailureCode,
];

const cases: readonly Case[] = [
  ['an unknown parameter', 'searchEvents', { query: { devceUuid: press } }, '/devceUuid'],
  ['an unknown parameter of a route without any', 'getEvent', { params: { event_id: unheard }, query: { x: 1 } }, '/x'],
  ['a UUID that is none', 'searchEvents', { query: { deviceUuid: 'press' } }, '/deviceUuid'],
  ['a number that is none', 'searchEvents', { query: { limit: 'ten' } }, '/limit'],
  ['a limit over the bound', 'getDeviceTimeline', { params: device, query: { limit: 10_001 } }, '/limit'],
  ['a word of no list', 'searchEvents', { query: { severity: ['info', 'loud'] } }, '/severity/1'],
  ['a tag without a value', 'searchEvents', { query: { tags: 'site' } }, '/tags/0'],
  ['a path that is no UUID', 'getDeviceSummary', { params: { uuid: 'press' } }, '/uuid'],
  ['a parameter that is missing', 'createSnapshot', { params: device }, '/at'],
  ['a time that is none', 'createSnapshot', { params: device, query: { at: 'noon' } }, '/at', 'InvalidTimestamp'],
  ['a cursor that is damaged', 'readAll', { query: { cursor: 'AAAA' } }, '/cursor', 'InvalidCursor'],
  ['a field that no criterion has', 'searchByCriteria', { body: { devceUuid: press } }, '/devceUuid'],
  ['a list that is a text', 'searchByCriteria', { body: { eventTypes: 'device.online' } }, '/eventTypes'],
  ['a selection that is missing', 'getEventDifference', { body: {} }, '/selection'],
  [
    'a time zone of no list',
    'aggregateByPeriod',
    {
      params: device,
      query: { period: 'day', dateFrom: '2026-01-01T00:00:00Z', dateTo: '2026-01-02T00:00:00Z', timeZone: 'Mars/Base' },
    },
    '/timeZone',
  ],
  ['a file that the page has not', 'getDocsFile', { params: { file: '../package.json' } }, '/file'],
];

const nameParts = ([title, name, input, pointer, code = 'InvalidArgument']: Case) => ({
  title,
  name,
  input,
  pointer,
  code,
});

describe('a request with', () => {
  const database = useDatabase('refusals');
  let history: History;
  beforeAll(async () => {
    const opened = await openHistory(database.url);
    history = opened;
    return opened.close;
  });

  test.each(cases.map(nameParts))('$title is refused', async ({ name, input, pointer, code }) => {
    const answer = await history.call(name, input);

    expect([answer.statusCode, answer.headers['content-type'], answer.json()]).toMatchObject([
      failures[code].status,
      'application/problem+json',
      { status: failures[code].status, code, errors: [{ pointer }] },
    ]);
  });

  test('a filter that ends too early is told at which character', async () => {
    const answer = await history.call('searchEvents', { query: { filter: 'severity>=' } });

    expect(answer.json()).toMatchObject({ code: 'InvalidFilter', errors: [{ offset: 10 }] });
  });

  test.each([
    ['getEvent', { event_id: unheard }],
    ['getEventChain', { event_id: unheard }],
    ['verifyEvent', { event_id: unheard }],
    ['getEventType', { name: 'device.unheard_of' }],
  ] as const)('an id of nothing is not found: %s', async (name, params) => {
    const answer = await history.call(name, { params });

    expect([answer.statusCode, answer.json()]).toMatchObject([404, { code: 'NotFound' }]);
  });

  test('a body of a media type that the route does not take is told what it takes', async () => {
    const authorization = `Bearer ${await history.token()}`;
    const send = async (url: string, type: string): Promise<unknown> =>
      (
        await history.app.inject({
          method: 'POST',
          url,
          headers: { authorization, 'content-type': type },
          payload: 'x',
        })
      ).json();

    expect(await send('/api/v1/events', 'text/csv')).toMatchObject({
      status: 415,
      code: 'MediaTypeUnsupported',
      detail: expect.stringContaining('application/x-ndjson'),
    });
    expect(await send('/api/v1/events/search', 'application/x-ndjson')).toMatchObject({
      status: 415,
      detail: expect.stringContaining('application/json'),
    });
    expect(await send('/api/v1/events', 'text/plain')).toMatchObject({ status: 415 });
  });

  test('JSON that ends too early is refused as what it is', async () => {
    const answer = await history.app.inject({
      method: 'POST',
      url: '/api/v1/events',
      headers: { authorization: `Bearer ${await history.token()}`, 'content-type': 'application/json' },
      payload: '{"event_type":',
    });

    expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'InvalidArgument' }]);
  });

  test('a type is registered at run time by an admin of all tenants, published at once, and never edited', async () => {
    const body = {
      name: 'press.jammed',
      description: 'The press stands still',
      schema: { type: 'object', properties: { force_kn: { type: 'number' } }, required: ['force_kn'] },
      severity: 'error',
    };
    const refused = await history.call('registerEventType', { body });
    expect([refused.statusCode, refused.json()]).toMatchObject([403, { code: 'Forbidden' }]);

    const type = await replyOf(history, 'registerEventType', { body, tenant: '*' });
    expect(type).toMatchObject({ ...body, registered: true, versions: [1] });
    expect(await replyOf(history, 'registerEventType', { body, tenant: '*' })).toEqual(type);
    const [receipt] = await history.acme.publishBatch([
      { event_type: 'press.jammed', device_uuid: press, data: { force_kn: 3 } },
    ]);
    expect(receipt).toMatchObject({ status: 'stored' });

    const edited = { ...body, schema: { type: 'object' } };
    const answer = await history.call('registerEventType', { body: edited, tenant: '*' });
    expect([answer.statusCode, answer.json()]).toMatchObject([409, { code: 'EventTypeExists' }]);
    const wrong = await history.call('registerEventType', { body: { ...body, tir: 'debug' }, tenant: '*' });
    expect(wrong.json()).toMatchObject({ status: 400, errors: [{ pointer: '/tir' }] });
  });
});
