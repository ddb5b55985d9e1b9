/** What another tenant publishes, on the same devices and with the same ids and words, changes no answer a tenant gets. */
import { randomUUID } from 'node:crypto';
import type { EventInput } from '@telltale/catalogue';
import { Client } from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { newestVersion, useDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, EventStore } from '../../src/index.ts';

const device = randomUUID();
const own = randomUUID();
const foreign = randomUUID();
const correlation = randomUUID();
const hour = 3_600_000;
// An hour old, so that everything lies before every later question, and on one day as on the next.
const base = Date.now() - hour;
const from = new Date(base - 48 * hour);
const to = new Date(base + hour / 2);

type Draft = Pick<EventInput, 'event_type' | 'data'> & Partial<EventInput>;

/** The same devices, aggregates, ids and words in each tenant; the tenant's name stands in every text. */
function eventOf(tenant: string, index: number): EventInput {
  const drafts: Draft[] = [
    { event_type: 'device.offline', device_uuid: device, data: { reason: `valve stuck at ${tenant}` } },
    { event_type: 'current_state.updated', device_uuid: device, data: { state: { apps: { [tenant]: index } } } },
    { event_type: 'image.removed', aggregate_id: 'web', device_uuid: device, data: { image: `valve ${tenant}` } },
    { event_type: 'device.heartbeat', device_uuid: device, data: { status: tenant } },
  ];
  return {
    ...(drafts[index % 4] as Draft),
    // Seven minutes between them, the tenants a second apart.
    timestamp: new Date(base - (index % 400) * 7 * 60_000 - tenant.length * 1000),
    correlation_id: correlation,
    causation_id: index % 2 === 0 ? own : foreign,
    metadata: {
      tenant: { id: tenant, name: tenant },
      severity: index % 5 === 0 ? 'error' : 'info',
      tags: { site: tenant },
      actor: { type: 'user', id: 'anna', name: tenant },
    },
  };
}

async function publish(store: AnyEventStore, tenant: string, count: number, first?: string): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => eventOf(tenant, index));
  if (first !== undefined) Object.assign(events[0] as EventInput, { event_id: first });
  await store.publishBatch(events);
}

/** Filters and texts that would reach another tenant's events if anything did. */
const filters = [
  'tenant:umbrella OR tenant:acme OR severity:*',
  'NOT tenant:acme OR severity>=debug',
  '-severity:critical data.reason:*umbrella* OR type:device.*',
  'tag.site:umbrella OR umbrella OR actor.id:anna',
];

/** Every public question, as a tenant that knows the ids of both. */
async function askEverything(store: AnyEventStore, tenant: string): Promise<Record<string, unknown>> {
  const replayed: string[] = [];
  const first = await store.searchPage({ tenant, limit: 5 });
  const cursor = first.nextCursor ?? undefined;
  const second = await store.searchPage({ tenant, limit: 5, ...(cursor !== undefined && { cursor }) });
  const page = await store.deviceTimelinePage(device, { tenant, limit: 5 });
  const next = page.nextCursor ?? undefined;
  return {
    first,
    second,
    search: await store.search({ tenant, correlationId: correlation, limit: 10_000 }),
    byCause: await store.search({ tenant, causationId: foreign, limit: 10_000 }),
    byDevice: await store.search({ tenant, deviceUuid: device, tags: { site: 'umbrella' } }),
    byText: await store.search({ tenant, text: 'umbrella' }),
    ...Object.fromEntries(
      await Promise.all(
        filters.map(async (filter) => [filter, await store.search({ tenant, filter, limit: 10_000 })] as const),
      ),
    ),
    text: await store.fullTextPage('valve -nothing OR umbrella', { tenant, limit: 1000 }),
    textOfDevice: await store.fullTextPage('umbrella OR valve', { tenant, deviceUuid: device }),
    page,
    secondPage: await store.deviceTimelinePage(device, {
      tenant,
      limit: 5,
      ...(next !== undefined && { cursor: next }),
    }),
    timeline: await store.getDeviceTimeline(device, { tenant, limit: 10_000, includeSampled: true }),
    aggregate: await store.getAggregateEvents('app', 'web', { tenant, limit: 10_000 }),
    aggregatePage: await store.aggregateEventsPage('app', 'web', { tenant, limit: 5 }),
    periods: await store.aggregateByPeriod(device, 'hour', from, to, { tenant }),
    summary: await store.getDeviceSummary(device, 30, { tenant }),
    chain: await store.getEventChain(own, { tenant, limit: 1000 }),
    stats: await store.getStats(7, { tenant }),
    active: await store.getMostActiveDevices({ tenant }),
    health: await store.getDeviceHealthTrends(device, { tenant }),
    hours: await store.getEventHourlyDistribution({ tenant }),
    replay: await store.replayEvents(
      device,
      from,
      to,
      { '*': (event) => void replayed.push(event.event_id) },
      { tenant },
    ),
    replayed,
    snapshot: await store.createSnapshot(device, to, { tenant }),
    comparison: await store.compareStates(device, from, to, { tenant }),
  };
}

/** The analytics as the reader role, whose tenant row security enforces. */
async function askAsReader(url: string, tenant: string): Promise<Record<string, unknown[]>> {
  const client = new Client({ connectionString: url, options: `-c role=telltale_reader -c telltale.tenant=${tenant}` });
  await client.connect();
  const calls = [
    'get_most_active_devices(30, 10)',
    `get_device_health_trends('${device}', 30)`,
    'get_event_hourly_distribution(30)',
    `get_event_correlations('device.offline', 30)`,
    `get_event_difference('{"event_types": ["device.offline"]}')`,
    `device_event_timeline where device_uuid = '${device}'`,
    'events',
  ];
  const answers: Record<string, unknown[]> = {};
  for (const call of calls) {
    // oxlint-disable-next-line no-await-in-loop
    answers[call] = (await client.query(`select * from telltale.${call}`)).rows;
  }
  await client.end();
  return answers;
}

describe.each(newestVersion())('on PostgreSQL %i', (version) => {
  const database = useDatabase('tenants', { version });
  let store: AnyEventStore;
  const stages: { asked: Record<string, unknown>; read: Record<string, unknown[]> }[] = [];
  let nobody: { asked: Record<string, unknown>; read: Record<string, unknown[]> };

  const look = async (tenant: string): Promise<(typeof stages)[number]> => ({
    asked: await askEverything(store, tenant),
    read: await askAsReader(database.url, tenant),
  });

  beforeAll(async () => {
    store = new EventStore({ connection: database.url, role: 'telltale_application', worker: false });
    await publish(store, 'umbrella', 300, foreign);
    await publish(store, 'acme', 400, own);
    stages.push(await look('acme'));
    await publish(store, 'umbrella', 900);
    stages.push(await look('acme'));
    // From memory before, from stored segments now.
    await store.index();
    stages.push(await look('acme'));
    nobody = await look('nobody');
    return () => store.close();
  });

  test('every answer is the same before and after another tenant published, from memory and from segments', () => {
    const [before, after, indexed] = stages;

    for (const question of Object.keys(before?.asked ?? {})) {
      expect(after?.asked[question], question).toEqual(before?.asked[question]);
      expect(indexed?.asked[question], question).toEqual(before?.asked[question]);
    }
  });

  test('what the reader role reads is the same before and after another tenant published', () => {
    const [before, after, indexed] = stages;

    expect(after?.read).toEqual(before?.read);
    expect(indexed?.read).toEqual(before?.read);
  });

  test('no answer holds a text of another tenant, or has events of it', () => {
    for (const { asked, read } of stages) {
      const { chain, ...rest } = asked;
      // The filters are the questions, not answers.
      const answers = JSON.stringify([...Object.values(rest), ...Object.values(read)]);
      expect(answers).not.toContain('umbrella');
      expect(answers).toContain('acme');
      // A chain names the cause that it may not show.
      expect(JSON.stringify(chain)).not.toContain('umbrella');
    }
  });

  test('each question finds events, so that there was something to tell apart', () => {
    const { asked, read } = stages[0] as (typeof stages)[number];
    const empty = Object.entries({ ...asked, ...read }).filter(([, answer]) => JSON.stringify(answer).length < 20);

    // Nothing of acme says umbrella; of one severity alone nothing is correlated.
    expect(empty.map(([name]) => name).sort()).toEqual([
      'byDevice',
      'byText',
      "get_event_correlations('device.offline', 30)",
    ]);
    expect(asked['search']).toHaveLength(400);
    expect(asked['replayed']).toHaveLength(400);
  });

  test('a tenant without events gets none of what the others have', () => {
    const answers = JSON.stringify([...Object.values(nobody.asked), ...Object.values(nobody.read)]);

    expect(answers).not.toMatch(/umbrella|acme|anna/);
    expect(answers.replaceAll(device, '').replaceAll(own, '')).not.toContain(correlation);
    for (const [name, answer] of Object.entries(nobody.asked)) {
      if (Array.isArray(answer))
        expect(
          answer.filter((row) => 'event_id' in Object(row)),
          name,
        ).toEqual([]);
    }
    expect(nobody.asked['stats']).toMatchObject({ total_events: 0, active_devices: 0, logs: [], oldest: null });
    expect(nobody.asked['snapshot']).toMatchObject({ event_count: 0 });
    expect(nobody.asked['text']).toEqual({ events: [], ranked: 0, complete: true });
  });

  test('the cursor of one tenant is refused to another', async () => {
    const [search, timeline] = [
      await store.searchPage({ tenant: 'umbrella', limit: 5 }),
      await store.deviceTimelinePage(device, { tenant: 'umbrella', limit: 5 }),
    ];

    for (const tenant of ['acme', undefined]) {
      await expect(
        store.search({ ...(tenant !== undefined && { tenant }), cursor: search.nextCursor ?? '' }),
      ).rejects.toMatchObject({ code: 'InvalidCursor' });
      await expect(
        store.getDeviceTimeline(device, { ...(tenant !== undefined && { tenant }), cursor: timeline.nextCursor ?? '' }),
      ).rejects.toMatchObject({ code: 'InvalidCursor' });
    }
  });
});
