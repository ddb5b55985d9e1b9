/** A request repeated with its Idempotency-Key stores nothing twice, and anything else under the same key is refused. */
import { describe, expect, test } from 'vitest';
import { openServing, type Serving } from '../serving.ts';
import { linesOf, mixer, ndjson, online, publish, trace } from './publish.ts';

const key = { 'idempotency-key': 'order-66' };
const two = [online, { ...online, event_type: 'device.rebooted' }];

interface Reply {
  readonly receipts: readonly { readonly status: string; readonly event_id: string }[];
}

async function stored({ store }: Serving): Promise<number> {
  return (await store.searchPage({}, { total: true })).total ?? 0;
}

const statuses = (answer: { json: () => Reply }): string[] => answer.json().receipts.map(({ status }) => status);

describe('the same key with the same events', () => {
  test('gets the first receipts and stores nothing, in another trace and without timestamps in the events', async () => {
    const serving = await openServing('idempotency repeat');
    const first = await publish(serving, two, { ...key, traceparent: trace('a') });
    const second = await publish(serving, two, { ...key, traceparent: trace('b') });
    const third = await publish(serving, two, key);

    expect([statuses(first), statuses(second), statuses(third)]).toEqual([
      ['stored', 'stored'],
      ['duplicate', 'duplicate'],
      ['duplicate', 'duplicate'],
    ]);
    const [receipt] = first.json<Reply>().receipts;
    expect(second.json<Reply>().receipts[0]).toEqual({ ...receipt, status: 'duplicate' });
    const events = await serving.store.search();
    expect(events.map(({ traceparent }) => traceparent)).toEqual([trace('a'), trace('a')]);
  });

  test('stores one event also when the first answer was lost on its way', async () => {
    const serving = await openServing('idempotency lost');
    const address = await serving.app.listen({ host: '127.0.0.1', port: 0 });
    const authorization = `Bearer ${await serving.token()}`;
    const send = (signal: AbortSignal): Promise<Response> =>
      fetch(`${address}/api/v1/events`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', ...key },
        body: JSON.stringify(two),
        signal,
      });
    const lost = new AbortController();
    serving.app.server.once('request', () => setImmediate(() => lost.abort()));
    await expect(send(lost.signal)).rejects.toThrow('aborted');
    const again = await send(new AbortController().signal);

    expect(again.status).toBe(201);
    // Whether the server was done with the first request by then, or never began, nobody knows; and it is all the same.
    expect(await stored(serving)).toBe(2);
    expect(await (await send(new AbortController().signal)).json()).toMatchObject({
      receipts: [{ status: 'duplicate' }, { status: 'duplicate' }],
    });
  });

  test('sent at the same time from two places stores one event', async () => {
    const serving = await openServing('idempotency race');
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((digit) => publish(serving, two, { ...key, traceparent: trace(digit) })),
    );

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201, 201]);
    expect(await stored(serving)).toBe(2);
  });

  test('of another subject, or another tenant, is another key', async () => {
    const serving = await openServing('idempotency subject');
    const first = await publish(serving, two, key);
    const other = await publish(serving, two, key, { claims: { sub: 'bertha' } });
    const foreign = await publish(serving, two, key, { claims: { tenant: 'other' } });

    expect([first, other, foreign].map(statuses)).toEqual([
      ['stored', 'stored'],
      ['stored', 'stored'],
      ['stored', 'stored'],
    ]);
  });
});

describe('the same key with other events is refused', () => {
  test.each([
    ['other data', [{ ...online, event_type: 'device.offline', data: { reason: 'power cut' } }, two[1]]],
    ['another device', [{ ...online, device_uuid: mixer }, two[1]]],
    ['another device further on', [two[0], { ...two[1], device_uuid: mixer }]],
    ['an event more', [...two, online]],
    ['an event less', [online]],
  ])('%s', async (_, events) => {
    const serving = await openServing('idempotency other');
    await publish(serving, two, key);
    const answer = await publish(serving, events, key);

    expect(answer.json()).toMatchObject({ status: 409, code: 'EventIdReused' });
    expect(await stored(serving)).toBe(2);
  });
});

test('of a part that was refused, the rest is repeated as such', async () => {
  const serving = await openServing('idempotency partial');
  const events = [online, { ...online, event_type: 'device.unheard_of' }, two[1]];
  const partial = { query: '?partial=true' };
  const first = await publish(serving, events, { ...key, traceparent: trace('a') }, partial);
  const second = await publish(serving, events, { ...key, traceparent: trace('b') }, partial);
  const other = await publish(serving, [online, online, { ...online, device_uuid: mixer }], key, partial);

  expect(first.json()).toMatchObject({
    receipts: [{ status: 'stored' }, null, { status: 'stored' }],
    refused: [{ index: 1, problem: { code: 'UnknownEventType', errors: [{ index: 1 }] } }],
  });
  expect(second.json()).toMatchObject({ receipts: [{ status: 'duplicate' }, null, { status: 'duplicate' }] });
  expect(other.json()).toMatchObject({
    receipts: [{ status: 'duplicate' }, { status: 'stored' }, null],
    refused: [{ index: 2, problem: { code: 'EventIdReused' } }],
  });
});

test('NDJSON that broke off goes on where it broke off, and its events bring no timestamps', async () => {
  const serving = await openServing('idempotency ndjson');
  const valid = Array.from({ length: 6 }, () => JSON.stringify(online));
  const first = await publish(serving, valid.slice(0, 4).join('\n'), { ...ndjson, ...key, traceparent: trace('a') });
  const second = await publish(serving, valid.join('\n'), { ...ndjson, ...key, traceparent: trace('b') });

  expect(linesOf(first).map(({ receipt }) => receipt?.status)).toEqual(Array(4).fill('stored'));
  expect(linesOf(second).map(({ receipt }) => receipt?.status)).toEqual([
    ...Array<string>(4).fill('duplicate'),
    'stored',
    'stored',
  ]);
  expect(await stored(serving)).toBe(6);
  const other = await publish(serving, JSON.stringify({ ...online, device_uuid: mixer }), { ...ndjson, ...key });
  expect(linesOf(other)).toMatchObject([{ line: 1, problem: { code: 'EventIdReused' } }]);
});

test('an event with an id of its own is a repeat in another trace, too', async () => {
  const serving = await openServing('idempotency own id');
  const event = { ...online, event_id: '0192f0c1-7a52-7c3e-9b1a-000000000001' };
  const first = await publish(serving, event, { traceparent: trace('a') });
  const second = await publish(serving, event, { traceparent: trace('b') });
  const other = await publish(serving, { ...event, event_type: 'device.rebooted' }, { traceparent: trace('b') });

  expect([statuses(first), statuses(second)]).toEqual([['stored'], ['duplicate']]);
  expect(other.json()).toMatchObject({ status: 409, code: 'EventIdReused' });
});
