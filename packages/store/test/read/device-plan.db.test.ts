/** How PostgreSQL reads for the reads of a device: by index, in its order, and no partition that a time rules out. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, EventStore } from '../../src/index.ts';
import { explainStatement, listFilledPartitions, nodesOf, type PlanNode, type Values } from '../sql/explain.ts';
import { sampleOf, sampleTiers } from '../sql/sample.ts';
import { ask } from '../sql/session.ts';

const deviceOf = (index: number): string => `0192f0c1-7a52-7c3e-9b1a-${String(index).padStart(12, '0')}`;
const device = deviceOf(0);
/** Of few events, where a scan by index pays also when the rows themselves are read. */
const rare = deviceOf(99);
const day = 86_400_000;
const now = Date.now();
const timeOf = (days: number): string => new Date(now - days * day).toISOString();

/** A week in the tiers' own partitions, each too large for a scan to be cheap; one device of nine is asked for. */
async function load(url: string): Promise<void> {
  for (const tier of sampleTiers) {
    await ask(url, 'select telltale.make_partitions($1, $2, $3)', [tier, timeOf(7), timeOf(0)]);
  }
  const store: AnyEventStore = new EventStore({ connection: url, worker: false });
  const count = 28_000;
  const events = Array.from({ length: count }, (_, index) => {
    const timestamp = new Date(now - 7 * day + (7 * day * index) / count);
    const tenant = { metadata: { tenant: { id: 'acme', name: 'Acme' } } };
    if (index % 7 === 1) {
      return {
        event_type: 'image.removed',
        aggregate_id: 'web',
        data: { image: 'x' },
        timestamp,
        device_uuid: device,
        ...tenant,
      };
    }
    return sampleOf(sampleTiers[index % 4] ?? 'debug', index % 50 === 0 ? rare : deviceOf(index % 9), {
      timestamp,
      ...tenant,
    });
  });
  await store.importEvents('history', events);
  await store.close();
  await ask(url, 'vacuum analyze');
}

const scansOf = (plan: PlanNode): PlanNode[] =>
  nodesOf(plan).filter((node) => node['Relation Name']?.startsWith('events_') === true && node['Actual Loops'] > 0);

const open = { from: '-infinity', to: 'infinity', recorded_since: '-infinity', limit: 101 };
const start = { key_time: '-infinity', log: -1, position: -1 };
const end = { key_time: 'infinity', log: 32_768, position: '9223372036854775807' };
const timeline = { shard_key: device, sampled: true, own: false, ...open };
const counts = {
  shard_key: device,
  unit: 'day',
  zone: 'Europe/Vienna',
  step: '15 minutes',
  from: timeOf(30),
  to: timeOf(0),
};

/** Calls as the library makes them; what is left out is null. */
const ordered: [string, string, Values][] = [
  ['read_timeline', 'from the start', { ...timeline, ...start }],
  [
    'read_timeline',
    'behind a key',
    { ...timeline, key_time: timeOf(3), log: 0, position: 5, from: timeOf(3), recorded_since: timeOf(4) },
  ],
  ['read_timeline', 'of one tenant', { ...timeline, ...start, tenant: 'acme' }],
  ['read_timeline_backward', 'from the end', { ...timeline, ...end }],
  ['read_timeline_backward', 'before a key', { ...timeline, key_time: timeOf(3), log: 0, position: 5, to: timeOf(3) }],
  ['read_aggregate_events', 'from the start', { ...open, ...start, aggregate_id: 'web', aggregate_type: 'app' }],
];

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('device_plan', { version });
  let client: Client;
  let filled: Set<string>;

  beforeAll(async () => {
    await load(database.url);
    client = new Client({ connectionString: database.url, options: '-c role=telltale_application' });
    await client.connect();
    filled = await listFilledPartitions(database.url, 600);
  });
  afterAll(() => client.end());

  /** Scans of tables of more than a few pages; smaller ones are read in whatever way. */
  const filledScansOf = (plan: PlanNode): PlanNode[] =>
    scansOf(plan).filter((node) => filled.has(node['Relation Name'] ?? ''));

  const explain = (name: string, values: Values, mode: string): Promise<PlanNode> =>
    explainStatement(client, name, values, mode);

  describe.each(['custom', 'generic'])('by a %s plan', (mode) => {
    test.each(ordered)('%s %s merges index scans in order and sorts nothing whole', async (name, _what, values) => {
      const plan = await explain(name, values, mode);
      const types = nodesOf(plan).map((node) => node['Node Type']);

      expect(filledScansOf(plan).length).toBeGreaterThan(0);
      expect(new Set(filledScansOf(plan).map((node) => node['Node Type']))).toEqual(new Set(['Index Scan']));
      expect(types).toContain('Merge Append');
      expect(types).not.toContain('Sort');
    });

    test('a timeline since a time opens no partition that ended a day before it', async () => {
      const since = { ...timeline, ...start, from: timeOf(3), recorded_since: timeOf(4), key_time: timeOf(3) };
      const partitions = await ask<{ name: string; kept: boolean }>(
        database.url,
        'select name::text, to_time > $1 as kept from telltale.partitions',
        [timeOf(4)],
      );
      const ended = partitions.filter((one) => !one.kept).map((one) => one.name);
      const read = scansOf(await explain('read_timeline', since, mode)).map((node) => node['Relation Name'] ?? '');

      expect(read.length).toBeGreaterThan(0);
      expect(ended.length).toBeGreaterThan(0);
      expect(read.filter((name) => ended.includes(name))).toEqual([]);
    });

    test.each<[string, Values]>([
      ['count_periods', counts],
      ['count_types', { shard_key: device, days: 6 }],
    ])('%s counts by the device index alone, without a look at the table', async (name, values) => {
      const plan = await explain(name, values, mode);
      const scans = filledScansOf(plan);
      const byIndexAlone = scans.filter((node) => node['Node Type'] === 'Index Only Scan');
      // The newest event, one a partition, is the only one whose row is read.
      const others = scans.filter((node) => node['Node Type'] !== 'Index Only Scan');

      expect(byIndexAlone.length).toBeGreaterThan(0);
      expect(byIndexAlone.reduce((sum, node) => sum + (node['Heap Fetches'] ?? 0), 0)).toBe(0);
      expect(new Set(others.map((node) => node['Node Type']))).toEqual(
        new Set(name === 'count_periods' ? [] : ['Index Scan']),
      );
    });

    test.each<[string, Values]>([
      ['count_periods_of_tenant', { ...counts, shard_key: rare, tenant: 'acme', recorded_since: timeOf(7) }],
      ['count_types_of_tenant', { shard_key: rare, days: 6, tenant: 'acme' }],
      ['read_versioned_events', { ...open, ...start, aggregate_id: '17', aggregate_type: 'job' }],
      ['find_events', { event_id: device, since: '-infinity', until: 'infinity' }],
      ['find_missing', { event_id: device }],
    ])('%s scans no whole partition', async (name, values) => {
      const types = filledScansOf(await explain(name, values, mode)).map((node) => node['Node Type']);

      expect(types.length).toBeGreaterThan(0);
      expect(types).not.toContain('Seq Scan');
    });
  });
});
