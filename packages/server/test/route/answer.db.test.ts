/** Every question over HTTP is answered with what the library itself answers, less what a tenant may not know. */
import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';
import { correlation, type History, mixer, openHistory, plain, press, replyOf } from './history.ts';

/** What stays with those who may see all tenants. */
const hidden = ['log', 'position', 'tier_position', 'checksum'];

/** The library's answer without places in the log. */
function visible(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, leaveOut));
}

function leaveOut(key: string, value: unknown): unknown {
  return hidden.includes(key) && typeof value !== 'object' ? undefined : value;
}

type Input = Parameters<History['call']>[1];
type Case = readonly [
  name: Parameters<History['call']>[0],
  input: (history: History) => Input,
  answer: (history: History) => Promise<unknown>,
];

const device = { params: { uuid: press } };

const cases: readonly Case[] = [
  ['searchEvents', () => ({ query: { total: true } }), ({ acme }) => acme.searchPage({}, { total: true })],
  [
    'searchEvents',
    () => ({
      query: {
        deviceUuid: press,
        eventTypes: ['device.online', 'device.alert_triggered'],
        severity: ['info', 'warning', 'error'],
        actorType: 'user',
        actorId: 'operator-3',
        tags: ['site=lab'],
      },
    }),
    ({ acme }) =>
      acme.searchPage({
        deviceUuid: press,
        eventTypes: ['device.online', 'device.alert_triggered'],
        actor: { type: 'user', id: 'operator-3' },
        tags: { site: 'lab' },
      }),
  ],
  [
    'searchEvents',
    () => ({ query: { filter: 'type:device.o* -severity:error', dateFrom: '2020-01-01T00:00:00Z', offset: 1 } }),
    ({ acme }) => acme.searchPage({ filter: 'type:device.o* -severity:error', offset: 1 }),
  ],
  [
    'searchByCriteria',
    () => ({ body: { correlationId: correlation, total: true } }),
    ({ acme }) => acme.searchPage({ correlationId: correlation }, { total: true }),
  ],
  [
    'searchByCriteria',
    () => ({ body: { actor: { type: 'user', id: 'operator-3' }, tags: { site: 'lab' } } }),
    ({ acme }) => acme.searchPage({ actor: { type: 'user', id: 'operator-3' }, tags: { site: 'lab' } }),
  ],
  ['fullTextSearch', () => ({ query: { query: 'bearing' } }), ({ acme }) => acme.fullTextPage('bearing')],
  [
    'getEvent',
    ({ ids }) => ({ params: { event_id: ids[1] as string } }),
    ({ acme, ids }) => acme.getEvent(ids[1] as string),
  ],
  [
    'getEventChain',
    ({ ids }) => ({ params: { event_id: ids[2] as string }, query: { limit: 10 } }),
    ({ acme, ids }) => acme.getEventChain(ids[2] as string, { limit: 10 }),
  ],
  [
    'verifyEvent',
    ({ ids }) => ({ params: { event_id: ids[0] as string } }),
    async ({ ids }) => ({ verifications: [{ event_id: ids[0], valid: true }] }),
  ],
  ['getDeviceTimeline', () => device, ({ acme }) => acme.deviceTimelinePage(press)],
  [
    'getDeviceTimeline',
    () => ({ ...device, query: { order: 'desc', eventTypes: 'device.offline', includeSampled: false } }),
    ({ acme }) =>
      acme.deviceTimelinePage(press, { order: 'desc', eventTypes: ['device.offline'], includeSampled: false }),
  ],
  ['getDeviceSummary', () => ({ ...device, query: { daysBack: 3 } }), ({ acme }) => acme.getDeviceSummary(press, 3)],
  [
    'aggregateByPeriod',
    ({ from, to }) => ({ ...device, query: { period: 'day', dateFrom: from, dateTo: to, timeZone: 'Europe/Vienna' } }),
    async ({ acme, from, to }) => ({
      periods: await acme.aggregateByPeriod(press, 'day', from, to, { timeZone: 'Europe/Vienna' }),
    }),
  ],
  [
    'getDeviceHealthTrends',
    () => ({ ...device, query: { daysBack: 2 } }),
    async ({ acme }) => ({ days: await acme.getDeviceHealthTrends(press, { daysBack: 2 }) }),
  ],
  ['createSnapshot', ({ to }) => ({ ...device, query: { at: to } }), ({ acme, to }) => acme.createSnapshot(press, to)],
  [
    'compareStates',
    ({ from, to }) => ({ ...device, query: { from, to } }),
    ({ acme, from, to }) => acme.compareStates(press, from, to),
  ],
  [
    'getAggregateEvents',
    () => ({ params: { type: 'device', id: mixer } }),
    ({ acme }) => acme.aggregateEventsPage('device', mixer),
  ],
  ['getStats', () => ({ query: { daysBack: 2 } }), ({ acme }) => acme.getStats(2)],
  [
    'getMostActiveDevices',
    () => ({ query: { limit: 5 } }),
    async ({ acme }) => ({ devices: await acme.getMostActiveDevices({ limit: 5 }) }),
  ],
  [
    'getEventHourlyDistribution',
    () => ({ query: { daysBack: 1 } }),
    async ({ acme }) => ({ hours: await acme.getEventHourlyDistribution({ daysBack: 1 }) }),
  ],
  [
    'getEventCorrelations',
    () => ({ query: { eventType: 'device.offline', window: 3600, anchors: 10 } }),
    async ({ acme }) => ({
      correlations: await acme.getEventCorrelations('device.offline', { window: 3600, anchors: 10 }),
    }),
  ],
  [
    'getEventDifference',
    () => ({ body: { selection: { device_uuid: press }, sample: 100, limit: 20 } }),
    async ({ acme }) => ({
      differences: await acme.getEventDifference({ device_uuid: press }, { sample: 100, limit: 20 }),
    }),
  ],
  ['describeEventTypes', () => ({}), async ({ store }) => ({ eventTypes: await store.describeEventTypes() })],
  [
    'getEventType',
    () => ({ params: { name: 'job.failed' } }),
    async ({ store }) => (await store.describeEventTypes()).find(({ name }) => name === 'job.failed'),
  ],
];

describe('answers', () => {
  const database = useDatabase('answers');
  let history: History;
  beforeAll(async () => {
    const opened = await openHistory(database.url);
    history = opened;
    return opened.close;
  });

  test.each(cases)('%s answers as the library does', async (name, input, answer) => {
    const expected = await answer(history);
    const reply = await replyOf(history, name, input(history));

    expect(reply).toEqual(visible(expected));
    expect(JSON.stringify(reply).length).toBeGreaterThan(2);
  });

  test('a token of all tenants sees places in the log, and all subscriptions', async () => {
    const page = await replyOf(history, 'getDeviceTimeline', { ...device, tenant: '*' });
    expect(page).toEqual(plain(await history.store.deviceTimelinePage(press)));
    const verified = await replyOf(history, 'verifyEvent', {
      params: { event_id: history.ids[0] as string },
      tenant: '*',
    });
    expect(verified).toEqual({ verifications: plain(await history.store.verifyEvent(history.ids[0] as string)) });

    await history.store.subscribe('answers', () => undefined).stop();
    const lag = await replyOf(history, 'subscriptionLag', { tenant: '*' });
    expect(lag).toEqual({ subscriptions: [expect.objectContaining({ name: 'answers' })] });
    expect((await history.call('subscriptionLag')).json()).toMatchObject({ status: 403, code: 'Forbidden' });
  });

  test('pages follow each other by their cursors, which only their own tenant can use', async () => {
    const timeline = { ...device, query: { limit: 2 } };
    const first = (await replyOf(history, 'getDeviceTimeline', timeline)) as { events: object[]; nextCursor: string };
    const rest = { ...device, query: { limit: 2, cursor: first.nextCursor } };
    const second = (await replyOf(history, 'getDeviceTimeline', rest)) as { events: object[]; nextCursor: null };
    const all = await history.acme.deviceTimelinePage(press);

    expect([...first.events, ...second.events]).toEqual(visible(all.events));
    expect(second.nextCursor).toBeNull();
    const foreign = await history.call('getDeviceTimeline', { ...rest, tenant: 'other' });
    expect(foreign.json()).toMatchObject({ status: 400, code: 'InvalidCursor', errors: [{ pointer: '/cursor' }] });
  });

  test('the log is read to its head, page by page', async () => {
    const first = (await replyOf(history, 'readAll', { query: { limit: 3 } })) as Record<string, unknown>;
    const second = (await replyOf(history, 'readAll', {
      query: { limit: 100, cursor: first['cursor'] },
    })) as Record<string, unknown>;
    const { events } = await history.acme.readAll(null);

    expect([...(first['events'] as object[]), ...(second['events'] as object[])]).toEqual(visible(events));
    expect([first['atHead'], second['atHead'], second['gaps']]).toEqual([false, true, []]);
    const errors = await replyOf(history, 'readAll', {
      query: { minSeverity: 'error', tiers: ['critical', 'standard'], deviceUuid: press, eventTypes: 'device.offline' },
    });
    expect(errors).toMatchObject({ events: [] });
  });

  test('a replay hands over every event of the window, a line each, and the state at its end', async () => {
    const { from, to, acme } = history;
    const answer = await history.call('replayEvents', { ...device, query: { from, to } });
    const lines = answer.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { event?: object });
    const events: unknown[] = [];
    const replay = await acme.replayEvents(press, from, to, { '*': (event) => void events.push(event) });

    expect(answer.headers['content-type']).toBe('application/x-ndjson');
    expect(lines.slice(0, -1).map(({ event }) => event)).toEqual(visible(events));
    expect(lines.at(-1)).toEqual(plain({ events_replayed: events.length, final_state: replay.final_state }));
  });
});
