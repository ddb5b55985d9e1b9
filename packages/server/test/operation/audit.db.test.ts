/** Who read events is recorded itself, seldom enough that it cannot flood, and at no cost to the read. */
import { expect, test, vi } from 'vitest';
import { openServing, type Serving } from '../serving.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';

async function read({ app, token }: Serving, url: string, claims = {}): Promise<number> {
  return (await app.inject({ url, headers: { authorization: `Bearer ${await token(claims)}` } })).statusCode;
}

async function recorded({ store }: Serving, type = 'audit.events_read') {
  const { events } = await store.searchPage({ eventTypes: [type], limit: 100 });
  return events.reverse();
}

test('a read by a person is recorded with who, what, how many, and the tenant, and without what opens doors', async () => {
  const serving = await openServing('audit', { audit: {} });
  await serving.store.ofTenant('acme').publishBatch([{ event_type: 'device.rebooted', device_uuid: device, data: {} }]);
  await read(serving, `/api/v1/events?deviceUuid=${device}&limit=5`);

  await expect.poll(() => recorded(serving)).toHaveLength(1);
  const [event] = await recorded(serving);

  expect(event).toMatchObject({
    event_type: 'audit.events_read',
    tenant: 'acme',
    actor_type: 'user',
    actor_id: 'anna',
    data: { call: 'searchEvents', criteria: { deviceUuid: device, limit: 5 }, event_count: 1, read_count: 1 },
  });
});

test.each([
  [
    'a replay as NDJSON',
    'replay?from=2026-01-01T00:00:00Z&to=2100-01-01T00:00:00Z',
    undefined,
    'ndjson',
    'replayEvents',
  ],
  ['a batch of CloudEvents', 'events', 'application/cloudevents-batch+json', 'json', 'getDeviceTimeline'],
])('%s is recorded as taken out, with its form and number, and not as read', async (_, path, accept, format, call) => {
  const serving = await openServing('audit export', { audit: { everySeconds: 0 } });
  const rebooted = { event_type: 'device.rebooted', device_uuid: device, data: {} };
  await serving.store.ofTenant('acme').publishBatch([rebooted, rebooted]);
  const headers = { authorization: `Bearer ${await serving.token()}`, ...(accept !== undefined && { accept }) };

  const { statusCode } = await serving.app.inject({ url: `/api/v1/devices/${device}/${path}`, headers });

  expect(statusCode).toBe(200);
  await expect.poll(() => recorded(serving, 'audit.exported')).toHaveLength(1);
  const [event] = await recorded(serving, 'audit.exported');
  expect(event).toMatchObject({
    tenant: 'acme',
    actor_id: 'anna',
    data: { format, call, event_count: 2, export_count: 1 },
  });
  expect(await recorded(serving)).toEqual([]);
});

test('who asks what singles events out has read them', async () => {
  const serving = await openServing('audit difference', { audit: {} });
  const payload = { selection: { severity_min: 'error' } };
  const headers = { authorization: `Bearer ${await serving.token()}` };
  await serving.app.inject({ method: 'POST', url: '/api/v1/analytics/difference', headers, payload });

  await expect.poll(() => recorded(serving)).toHaveLength(1);

  expect((await recorded(serving))[0]?.data).toMatchObject({ call: 'getEventDifference', criteria: payload });
});

test('many reads of one kind make two records a time at most, which say how many they stand for', async () => {
  const serving = await openServing('audit sampled', { audit: { everySeconds: 1 } });
  await Promise.all(Array.from({ length: 30 }, () => read(serving, '/api/v1/events')));

  await expect.poll(() => recorded(serving), { timeout: 10_000 }).toHaveLength(2);
  const counts = (await recorded(serving)).map((event) => (event.data as { read_count: number }).read_count);

  expect(counts).toEqual([1, 29]);
});

test('each subject, call and tenant has a record of its own', async () => {
  const serving = await openServing('audit kinds', { audit: {} });
  await read(serving, '/api/v1/events');
  await read(serving, '/api/v1/events', { sub: 'bert' });
  await read(serving, '/api/v1/events', { tenant: 'other' });

  await expect.poll(() => recorded(serving)).toHaveLength(3);
  const who = (await recorded(serving)).map(({ actor_id: id, tenant }) => `${id} of ${tenant}`);

  expect(who.sort()).toEqual(['anna of acme', 'anna of other', 'bert of acme']);
});

test('what is summed up is recorded when the server stops; refused reads, devices and what shows no events are not', async () => {
  const serving = await openServing('audit stop', { audit: { everySeconds: 3600 } });
  await read(serving, '/api/v1/events');
  await read(serving, '/api/v1/events');
  expect(await read(serving, '/api/v1/events?limit=-1')).toBe(400);
  expect(await read(serving, `/api/v1/devices/${device}/events`, { roles: ['device'], device })).toBe(200);
  expect(await read(serving, '/api/v1/stats')).toBe(200);
  await serving.app.close();

  const found = await recorded(serving);

  expect(found.map((event) => (event.data as { read_count: number }).read_count)).toEqual([1, 1]);
});

test('a stream is recorded once, when it begins', async () => {
  const serving = await openServing('audit stream', { audit: { everySeconds: 0 } });
  const base = await serving.app.listen({ host: '127.0.0.1', port: 0 });
  const end = new AbortController();
  const headers = { authorization: `Bearer ${await serving.token()}` };
  const stream = await fetch(`${base}/api/v1/events/stream`, { headers, signal: end.signal });
  expect(stream.status).toBe(200);

  await expect.poll(() => recorded(serving)).toHaveLength(1);
  end.abort();
  await serving.app.close();

  expect((await recorded(serving)).map((event) => (event.data as { call: string }).call)).toEqual(['followEvents']);
});

test('a record that cannot be stored breaks no read, and is counted', async () => {
  const serving = await openServing('audit failing', { audit: { everySeconds: 0 }, metrics: { open: true } });
  // The one way to let records fail and reads not.
  const publish = vi.spyOn(serving.store, 'publish').mockRejectedValue(new Error('no room'));

  expect(await read(serving, '/api/v1/events')).toBe(200);
  expect(await read(serving, '/api/v1/events')).toBe(200);

  const { payload } = await serving.app.inject({ url: '/metrics' });
  expect(publish).toHaveBeenCalledTimes(2);
  expect(payload).toContain('telltale_audit_failures_total 2');
  expect(payload).toContain('telltale_audit_events_total 0');
});
