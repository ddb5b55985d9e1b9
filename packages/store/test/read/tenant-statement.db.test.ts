/** Every statement that a tenant's questions run: the rows that PostgreSQL sends are the tenant's already. */
import { randomUUID } from 'node:crypto';
import type { EventInput } from '@telltale/catalogue';
import { Pool, type QueryConfig, type QueryResult } from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';
import { EventStore, TenantStore } from '../../src/index.ts';
import { readSqlFolder, readStatement } from '../../src/sql-file.ts';

const device = randomUUID();
const ids = { acme: randomUUID(), umbrella: randomUUID() };
const hour = 3_600_000;
const base = Date.now() - hour;
const [from, to] = [new Date(base - 24 * hour), new Date(base + hour / 2)];
const marker = 'umbrella';

function eventOf(tenant: 'acme' | 'umbrella', index: number): EventInput {
  const job = { aggregate_id: '17', device_uuid: device, data: { job_id: '17', job_name: `valve ${tenant}` } };
  const kinds: (Pick<EventInput, 'event_type' | 'data'> & Partial<EventInput>)[] = [
    { event_type: 'device.offline', device_uuid: device, data: { reason: `valve stuck at ${tenant}` } },
    { event_type: 'current_state.updated', device_uuid: device, data: { state: { apps: { [tenant]: index } } } },
    { event_type: 'image.removed', aggregate_id: 'web', device_uuid: device, data: { image: `valve ${tenant}` } },
    { event_type: 'job.queued', ...job },
    { event_type: 'device.heartbeat', device_uuid: device, data: { status: tenant } },
  ];
  return {
    ...(kinds[index % 5] as (typeof kinds)[number]),
    ...(index === 0 && { event_id: ids[tenant] }),
    timestamp: new Date(base - (index % 300) * 60_000),
    causation_id: index === 0 ? null : index % 2 === 0 ? ids.acme : ids.umbrella,
    metadata: { tags: { site: tenant }, actor: { type: 'user', id: `anna at ${tenant}` } },
  };
}

/** One of every method that a tenant's part of a store has, or several, so that each of its statements runs. */
const questions: Readonly<Record<string, (store: TenantStore) => Promise<unknown>[]>> = {
  publishBatch: (store) => [store.publishBatch([eventOf('acme', 4)])],
  publishPartial: (store) => [store.publishPartial([eventOf('acme', 4)])],
  searchPage: (store) => [
    store.searchPage({ deviceUuid: device, limit: 1000 }, { total: true }),
    store.searchPage({ filter: `tenant:${marker} OR severity:*`, limit: 1000 }),
    store.searchPage({ causationId: ids.umbrella }),
    store.searchPage({ text: 'valve', limit: 7 }, { total: true }),
    store.searchPage({ filter: 'data.reason:*stuck*', limit: 7 }, { total: true }),
  ],
  fullTextPage: (store) => [store.fullTextPage('valve'), store.fullTextPage(marker)],
  deviceTimelinePage: (store) => [
    store.deviceTimelinePage(device),
    store.deviceTimelinePage(device, { order: 'desc', includeSampled: true }),
    store.deviceTimelinePage(device, { order: 'asc', includeSampled: true }),
  ],
  aggregateEventsPage: (store) => [
    store.aggregateEventsPage('app', 'web'),
    store.aggregateEventsPage('job', '17'),
    store.aggregateEventsPage('job', '17', { limit: 1 }),
    store.aggregateEventsPage('device', device),
  ],
  aggregateByPeriod: (store) => [store.aggregateByPeriod(device, 'hour', from, to, { emptyPeriods: true })],
  getDeviceSummary: (store) => [store.getDeviceSummary(device)],
  getEvent: (store) => [store.getEvent(ids.acme), store.getEvent(ids.umbrella)],
  verifyEvent: (store) => [store.verifyEvent(ids.acme), store.verifyEvent(ids.umbrella)],
  findRepeats: (store) => [store.findRepeats([{ ...eventOf('acme', 4), event_id: ids.umbrella }])],
  getEventChain: (store) => [store.getEventChain(ids.acme), store.getEventChain(ids.umbrella)],
  getStats: (store) => [store.getStats(7)],
  getMostActiveDevices: (store) => [store.getMostActiveDevices()],
  getDeviceHealthTrends: (store) => [store.getDeviceHealthTrends(device)],
  getEventHourlyDistribution: (store) => [store.getEventHourlyDistribution()],
  getEventCorrelations: (store) => [store.getEventCorrelations('device.offline')],
  getEventDifference: (store) => [store.getEventDifference({ event_types: ['device.offline'] })],
  replayEvents: (store) => [store.replayEvents(device, from, to, { '*': () => undefined })],
  createSnapshot: (store) => [store.createSnapshot(device, to)],
  compareStates: (store) => [store.compareStates(device, from, to)],
  readAll: (store) => [store.readAll(null), store.readAll(null, { deviceUuid: device, tiers: ['debug'] })],
  readLast: (store) => [store.readLast(1000)],
};

/** Statements that read events and that no question of a tenant runs, with whose they are. */
const others: Readonly<Record<string, string>> = {
  append_events: 'stores events, and looks for the same id of the same tenant',
  count_critical: 'the metrics of the installation',
  count_tiers: 'verify, of the whole log',
  list_busy_devices: 'the worker that stores states',
  list_unfolded_devices: 'the worker that stores states',
  list_partition_devices: 'the worker that drops partitions',
  keep_snapshot: 'the worker that drops partitions',
  read_unindexed: 'the worker that indexes',
  find_missing: 'why a chain ends, which a tenant is not told',
  find_first_recorded: 'when a log began, which is nobody’s',
  find_segments: 'postings, whose events are read by read_positions',
  find_late_event: 'behind a stored state, which this history does not have',
  list_ignored_events: 'behind a stored state, which this history does not have',
  read_index_lag: 'the metrics of the installation',
  count_periods: 'aggregateByPeriod of all tenants',
  count_types: 'getDeviceSummary of all tenants',
  read_device: 'readStream of the library, of a device',
  read_device_backward: 'readStream of the library, of a device',
  read_aggregate: 'readStream of the library',
  read_aggregate_backward: 'readStream of the library',
  read_stream: 'readStream of the library',
  read_stream_backward: 'readStream of the library',
};

describe('a tenant', () => {
  const database = useDatabase('tenant statements');
  const answers: Record<string, string[]> = {};
  /** Statement -> what PostgreSQL sent for it. */
  const sent = new Map<string, string[]>();

  const note = async (config: QueryConfig, result: Promise<QueryResult>): Promise<QueryResult> => {
    const rows = JSON.stringify((await result).rows ?? null);
    const name = (config.name ?? composedOf(config.text))?.replace(/^telltale_/, '');
    if (name !== undefined) sent.set(name, [...(sent.get(name) ?? []), rows]);
    return result;
  };

  /** A pool that notes what every statement answers. */
  function watch(pool: Pool): { query: Pool['query']; connect: Pool['connect']; end: Pool['end'] } {
    const watched = {
      query: (config: QueryConfig) => note(config, pool.query(config)),
      connect: async () => {
        const client = await pool.connect();
        const query = (config: QueryConfig): Promise<QueryResult> => note(config, client.query(config));
        return { query, release: (destroy?: boolean) => client.release(destroy) };
      },
      end: () => pool.end(),
    };
    return watched as unknown as ReturnType<typeof watch>;
  }

  beforeAll(async () => {
    const writer = new EventStore({ connection: database.url, worker: false });
    for (const [tenant, count] of [
      ['umbrella', 1500],
      ['acme', 300],
      ['umbrella', 1500],
    ] as const)
      await writer.ofTenant(tenant).publishBatch(Array.from({ length: count }, (_, index) => eventOf(tenant, index)));
    for (const indexed of [false, true]) {
      if (indexed) await writer.index();
      const pool = new Pool({ connectionString: database.url, options: '-c role=telltale_application', max: 2 });
      const reader = new EventStore({ connection: watch(pool), worker: false }).ofTenant('acme');
      for (const [name, ask] of Object.entries(questions)) {
        const given = await Promise.allSettled(ask(reader));
        answers[name] = [...(answers[name] ?? []), ...given.map((one) => `${one.status} ${describeAnswer(one)}`)];
      }
      await pool.end();
    }
    await writer.close();
  });

  test('every method of its part of a store is asked here', () => {
    const methods = Object.getOwnPropertyNames(TenantStore.prototype).filter((name) => name !== 'constructor');

    expect(Object.keys(questions).sort()).toEqual(methods.sort());
  });

  test('every statement that reads events runs here, or is known to be no tenant’s', () => {
    const reading = readSqlFolder('query')
      .filter(({ text }) =>
        /telltale\.(recorded_events|events|events_\w+|segments|get_\w+|device_snapshots)\b/.test(text),
      )
      .map(({ name }) => name.replace(/^query\/|\.sql$/g, ''));

    expect(reading.length).toBeGreaterThan(30);
    expect(reading.filter((name) => !sent.has(name) && !(name in others))).toEqual([]);
    expect(Object.keys(others).filter((name) => name !== 'append_events' && sent.has(name))).toEqual([]);
  });

  test('no statement sends a row of another tenant', () => {
    const foreign = [...sent].filter(([, rows]) => rows.some((row) => row.includes(marker)));

    // It reads no event: it takes the question apart, which names the other tenant.
    expect(foreign.map(([name]) => name)).toEqual(['read_lexemes']);
  });

  test('no question is answered with anything of another tenant', () => {
    const foreign = Object.entries(answers).filter(([, given]) => given.some((one) => one.includes(marker)));

    expect(foreign).toEqual([]);
  });

  test('every question is answered, but those for an event that is not the tenant’s', () => {
    const refused = Object.entries(answers).flatMap(([name, given]) =>
      given.filter((one) => one.startsWith('rejected')).map((one) => `${name}: ${one}`),
    );

    expect([...new Set(refused)].sort()).toEqual([
      'getEvent: rejected NotFound',
      'getEventChain: rejected NotFound',
      'verifyEvent: rejected NotFound',
    ]);
  });
});

/** Statements that get a condition of the question's, and then have no name. */
const composed = ['count_positions', 'read_positions', 'read_tail', 'read_text_tail'].map((name) =>
  readStatement(name),
);
const composedOf = (text: string): string | undefined =>
  composed.find((statement) => text.startsWith(statement.text.slice(0, statement.text.indexOf('and true'))))?.name;

function describeAnswer(answer: PromiseSettledResult<unknown>): string {
  if (answer.status === 'fulfilled') return JSON.stringify(answer.value);
  return (answer.reason as { code?: string }).code ?? String(answer.reason);
}
