/** How PostgreSQL reads for the states of a device: by index, in its order, and no partition that a time rules out. */
import { randomUUID } from 'node:crypto';
import type { EventInput } from '@telltale/catalogue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, EventStore } from '../../src/index.ts';
import { declaredIds } from '../../src/state/rule.ts';
import {
  ExplainingClient,
  listFilledPartitions,
  nodesOf,
  type PlanNode,
  prepareCall,
  ranNodesOf,
  typesOf,
  type Values,
} from '../sql/explain.ts';
import { sampleTiers } from '../sql/sample.ts';
import { ask } from '../sql/session.ts';
import { eventOf } from './history.ts';

const day = 86_400_000;
const now = Date.now();
const timeOf = (days: number): string => new Date(now - days * day).toISOString();
const device = randomUUID();
const others = Array.from({ length: 8 }, () => randomUUID());

/** A week in the tiers' own partitions, a ninth of it of the device, with snapshots on the way and a base in the middle. */
async function load(url: string): Promise<void> {
  for (const tier of sampleTiers) {
    await ask(url, 'select telltale.make_partitions($1, $2, $3)', [tier, timeOf(7), timeOf(0)]);
  }
  const store: AnyEventStore = new EventStore({ connection: url, worker: false });
  const count = 27_000;
  const events = Array.from({ length: count }, (_, index): EventInput => {
    const whose = [device, ...others][index % 9] as string;
    const event = eventOf(whose, index, new Date(now - 7 * day + (7 * day * index) / count).toISOString());
    return { ...event, metadata: { tenant: { id: 'acme', name: 'Acme' } } };
  });
  await store.importEvents('history', events);
  await store.publish(eventOf(others[0] as string, 0, timeOf(0)));
  // Leaves snapshots every 500 events that change a state; as many more stand for those of ten thousand devices.
  await store.createSnapshot(device, timeOf(0));
  await ask(
    url,
    `insert into telltale.device_snapshots (shard_key, tenant, base, fingerprint, "timestamp", base_time, event_count, heads, state)
     select gen_random_uuid(), tenant, false, fingerprint, "timestamp", base_time, event_count, heads, '{}'
     from telltale.device_snapshots, generate_series(1, 1000)`,
  );
  await ask(
    url,
    `insert into telltale.device_snapshots (shard_key, tenant, base, fingerprint, "timestamp", base_time, event_count, heads, state)
     select shard_key, tenant, true, fingerprint, "timestamp" + interval '1 second', '-infinity', event_count, heads, state
     from telltale.device_snapshots where shard_key = $1 order by "timestamp" offset 2 limit 1`,
    [device],
  );
  await store.close();
  await ask(url, 'vacuum analyze');
}

const ids = `{${declaredIds.join()}}`;
const start = { log: 32_767, position: '9223372036854775807' };
const heads = '{"0": [0, 0], "1": [1000000, 0]}';

/** Calls as a fold makes them; what is left out is null. */
const reads: [string, string, Values][] = [
  [
    'read_state_events',
    'of everything',
    { type_ids: ids, since: '-infinity', after: '-infinity', ...start, until: timeOf(0), limit: 1000 },
  ],
  [
    'read_state_events',
    'behind a snapshot',
    { type_ids: ids, since: timeOf(3), after: timeOf(3), ...start, until: timeOf(2), limit: 1000 },
  ],
  [
    'read_state_events',
    'of one tenant',
    { type_ids: ids, since: timeOf(3), after: timeOf(3), ...start, until: timeOf(2), tenant: 'acme', limit: 1000 },
  ],
  ['read_device_window', 'of a time', { from: timeOf(5), log: -1, position: 0, until: timeOf(2), heads, limit: 500 }],
  [
    'read_device_window',
    'behind a key',
    { from: timeOf(4), log: 1, position: 9000, until: timeOf(2), heads, limit: 500, tenant: 'acme' },
  ],
  [
    'find_late_event',
    'behind a head',
    { after: '-infinity', until: timeOf(1), since: timeOf(9), heads: '{"0": [0, 0], "1": [26000, 0]}' },
  ],
  [
    'list_ignored_events',
    'behind a head',
    { until: timeOf(1), since: timeOf(9), heads: '{"0": [0, 0], "1": [26000, 0]}', limit: 1000 },
  ],
];

const snapshotScansOf = (plans: readonly PlanNode[]): PlanNode[] =>
  ranNodesOf(plans).filter((node) => node['Relation Name'] === 'device_snapshots');

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('state plan', { version });
  let client: ExplainingClient;
  let filled: Set<string>;

  beforeAll(async () => {
    await load(database.url);
    filled = await listFilledPartitions(database.url, 600);
    // As a moment sets them.
    const settings = `set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set jit = off;
      set timezone = UTC; set role telltale_application`;
    client = await ExplainingClient.open(database.url, settings);
  });
  afterAll(() => client.close());

  const explain = async (name: string, values: Values): Promise<PlanNode[]> =>
    client.explain(await prepareCall(client.client, name, { shard_key: device, ...values }));

  const eventScansOf = (plans: readonly PlanNode[]): PlanNode[] =>
    ranNodesOf(plans).filter((node) => filled.has(node['Relation Name'] ?? ''));

  test.each(reads)('%s %s merges index scans in order and sorts nothing whole', async (name, _what, values) => {
    const plans = await explain(name, values);
    const types = plans.flatMap(nodesOf).map((node) => node['Node Type']);

    expect(eventScansOf(plans).length).toBeGreaterThan(0);
    expect(typesOf(eventScansOf(plans))).toEqual(['Index Scan']);
    expect(eventScansOf(plans).every((node) => node['Index Cond']?.includes('shard_key'))).toBe(true);
    expect(types).toContain('Merge Append');
    // Within one timestamp alone: what an incremental sort does.
    expect(types).not.toContain('Sort');
  });

  test.each(reads.filter(([, , values]) => values['since'] === timeOf(3) || values['from'] === timeOf(4)))(
    '%s %s opens no partition that ended two days before its time',
    async (name, _what, values) => {
      const partitions = await ask<{ name: string }>(
        database.url,
        'select name::text from telltale.partitions where to_time <= $1',
        [timeOf(values['since'] === undefined ? 6 : 5)],
      );
      const holding = await listFilledPartitions(database.url);
      const ended = partitions.map((one) => one.name).filter((partition) => holding.has(partition));
      const read = ranNodesOf(await explain(name, values)).map((node) => node['Relation Name'] ?? '');

      expect(read.filter((partition) => holding.has(partition)).length).toBeGreaterThan(0);
      expect(ended.length).toBeGreaterThan(0);
      expect(read.filter((partition) => ended.includes(partition))).toEqual([]);
    },
  );

  test('spans between snapshots are counted by the device index alone', async () => {
    const spans = { after: `{-infinity,"${timeOf(5)}"}`, until: `{"${timeOf(5)}","${timeOf(1)}"}` };
    const scans = eventScansOf(await explain('count_between', spans));

    expect(scans.length).toBeGreaterThan(0);
    expect(typesOf(scans)).toEqual(['Index Only Scan']);
    expect(scans.reduce((sum, node) => sum + (node['Heap Fetches'] ?? 0), 0)).toBe(0);
  });

  test('the newest base and the newest snapshot on it are found by their index, one row each', async () => {
    const [own] = await ask<{ fingerprint: string; base: string }>(
      database.url,
      `select fingerprint, "timestamp"::text as base from telltale.device_snapshots where base`,
    );
    const asked = { until: timeOf(0), before: timeOf(0), fingerprint: own?.fingerprint ?? '' };
    const plans = await explain('find_snapshots', asked);

    expect(snapshotScansOf(plans).length).toBeGreaterThan(1);
    expect(typesOf(snapshotScansOf(plans))).toEqual(['Index Scan']);
    expect(snapshotScansOf(plans).every((node) => node['Index Cond']?.includes('shard_key'))).toBe(true);
  });

  test('the bases between two times come by their index', async () => {
    const plans = await explain('list_bases', { after: timeOf(7), until: timeOf(0) });

    expect(typesOf(snapshotScansOf(plans))).toEqual(['Index Scan']);
    expect(snapshotScansOf(plans).every((node) => node['Index Cond']?.includes('shard_key'))).toBe(true);
  });

  test('the heads of the logs are read without a look at an event', async () => {
    const plans = await explain('read_fold_start', { declared: ids });

    expect(plans.flatMap(nodesOf).map((node) => node['Relation Name'])).toContain('log_batches');
    expect(typesOf(ranNodesOf(plans).filter((node) => node['Relation Name'] === 'log_batches'))).not.toContain(
      'Seq Scan',
    );
    expect(eventScansOf(plans)).toEqual([]);
  });
});
