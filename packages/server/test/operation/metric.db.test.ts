/** What /metrics tells: the names of the specification exactly, labels of a bounded number, and to nobody of one tenant. */
import { expect, test } from 'vitest';
import { openServing, type Serving } from '../serving.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
const rebooted = { event_type: 'device.rebooted', device_uuid: device, data: {} };
const open = { metrics: { open: true, cacheSeconds: 0 } } as const;

async function call({ app, token }: Serving, url: string, payload?: object) {
  const headers = { authorization: `Bearer ${await token()}` };
  return app.inject({ method: payload === undefined ? 'GET' : 'POST', url, headers, ...(payload && { payload }) });
}

/** Lines such as `name{label="value"} 3`, without buckets. */
async function scrape({ app }: Serving): Promise<Map<string, number>> {
  const { payload } = await app.inject({ url: '/metrics' });
  const lines = payload.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

test('the seven metrics of the specification stand there under exactly those names, of those kinds, with those labels', async () => {
  const serving = await openServing('metric names', open);
  await call(serving, '/api/v1/events', rebooted);
  await call(serving, '/api/v1/events', { event_type: 'device.rebootet', data: {} });
  await call(serving, '/api/v1/events');
  await serving.store.subscribe('tail', () => undefined).stop();

  const { payload } = await serving.app.inject({ url: '/metrics' });

  const kinds = Object.fromEntries(
    [...payload.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [name, kind]),
  );
  expect(kinds).toMatchObject({
    events_published_total: 'counter',
    events_published_failures: 'counter',
    event_publish_duration_ms: 'histogram',
    event_partition_size_mb: 'gauge',
    event_query_duration_ms: 'histogram',
    event_retention_lag_hours: 'gauge',
    critical_events_unreviewed: 'gauge',
  });
  const labels: Record<string, Set<string>> = {};
  for (const [, name = '', text = ''] of payload.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)) {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    labels[base] ??= new Set();
    for (const [, label = ''] of text.matchAll(/([a-z_]+)="/g)) if (label !== 'le') labels[base].add(label);
  }
  expect(Object.fromEntries(Object.keys(kinds).map((name) => [name, [...(labels[name] ?? [])].join()]))).toEqual({
    events_published_total: 'event_type',
    events_published_failures: 'event_type',
    event_publish_duration_ms: '',
    event_partition_size_mb: 'partition',
    event_query_duration_ms: 'query',
    event_retention_lag_hours: '',
    critical_events_unreviewed: '',
    telltale_http_requests_total: 'route,status',
    telltale_audit_events_total: '',
    telltale_audit_failures_total: '',
    telltale_event_loop_lag_seconds: 'quantile',
    telltale_resident_memory_bytes: '',
    telltale_pool_connections: 'state',
    telltale_live_clients: '',
    telltale_live_evicted_total: '',
    telltale_live_overflows_total: '',
    telltale_database_up: '',
    telltale_log_head: 'log',
    telltale_index_lag_events: 'log',
    telltale_count_lag_events: 'log',
    telltale_subscription_lag_events: 'subscription',
    telltale_inbox_events: '',
    telltale_inbox_age_seconds: '',
    telltale_quarantined_events: '',
  });
});

test('events are counted by type: stored, repeated, refused; an unknown type has no label of its own', async () => {
  const serving = await openServing('metric counts', open);
  const once = { ...rebooted, event_id: '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e12' };
  await call(serving, '/api/v1/events', [once, rebooted]);
  await call(serving, '/api/v1/events', [once]);
  for (let number = 0; number < 20; number += 1) {
    await call(serving, '/api/v1/events', [rebooted, { event_type: `made.up_${number}`, data: {} }]);
  }
  await call(serving, '/api/v1/events?partial=true', [rebooted, { event_type: 'made.up', data: {} }]);

  const found = await scrape(serving);

  expect([...found].filter(([name]) => name.startsWith('events_published'))).toEqual([
    ['events_published_total{event_type="device.rebooted"}', 3],
    ['events_published_failures{event_type="device.rebooted"}', 20],
    ['events_published_failures{event_type="other"}', 21],
  ]);
  expect(found.get('event_publish_duration_ms_count')).toBe(23);
  expect(found.get('telltale_log_head{log="0"}')).toBe(3);
});

test('questions are measured by their name, and paths are counted by their pattern', async () => {
  const serving = await openServing('metric labels', open);
  for (let number = 0; number < 5; number += 1) {
    await call(serving, '/api/v1/events?limit=1');
    await call(serving, `/nowhere/${number}?secret=1`);
  }

  const names = [...(await scrape(serving)).keys()];

  expect(names.filter((name) => name.startsWith('event_query_duration_ms_count'))).toEqual([
    'event_query_duration_ms_count{query="searchPage"}',
  ]);
  expect(names.filter((name) => name.startsWith('telltale_http_requests_total'))).toEqual([
    'telltale_http_requests_total{route="/api/v1/events",status="200"}',
    'telltale_http_requests_total{route="none",status="404"}',
  ]);
});

test('a database that is away makes a scrape neither fail nor hang, and is told', async () => {
  const serving = await openServing('metric outage', open);
  expect((await scrape(serving)).get('telltale_database_up')).toBe(1);
  await serving.store.close();

  const found = await scrape(serving);

  expect(found.get('telltale_database_up')).toBe(0);
  expect(found.has('critical_events_unreviewed')).toBe(false);
  expect(found.get('telltale_pool_connections{state="waiting"}')).toBe(0);
});

test('metrics tell of all tenants, so a token of one is refused, and so is none', async () => {
  const { app, token } = await openServing('metric access');
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await app.inject({ url: '/metrics', headers })).statusCode;

  expect(await status({})).toBe(401);
  expect(await status({ authorization: `Bearer ${await token()}` })).toBe(403);
  expect(await status({ authorization: `Bearer ${await token({ tenant: '*' })}` })).toBe(200);
});
