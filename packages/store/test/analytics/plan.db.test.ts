/** How PostgreSQL reads for the analytics: no partition as a whole, the tail by position, one device by its index alone. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, EventStore } from '../../src/index.ts';
import { deviceOf } from '../invariant/fleet.ts';
import { seededRandom } from '../invariant/writer.ts';
import { ExplainingClient, listFilledPartitions, nodesOf, type PlanNode, ranNodesOf, typesOf } from '../sql/explain.ts';
import { eventOf, publishEvents, storeSegments } from './fleet.ts';

/** Twenty days of history in an import log, and 12,000 events of today: one block, eleven segments, and a tail. */
async function fill(url: string): Promise<void> {
  const store: AnyEventStore = new EventStore({ connection: url, worker: false });
  const random = seededRandom('plan');
  const old = Array.from({ length: 3000 }, (_, index) => ({
    ...eventOf(random, 50),
    timestamp: new Date(Date.now() - 86_400_000 * 400 - (3000 - index) * 600_000),
  }));
  await store.importEvents('old', old);
  await publishEvents(store, random, 12_000, 50);
  await store.close();
  const client = new Client({ connectionString: url });
  await client.connect();
  await storeSegments(client);
  await client.query('select telltale.count_devices()');
  await client.query('vacuum analyze');
  await client.end();
}

/** Scans of partitions of the years that only the import has. */
const ofHistory = (scans: readonly PlanNode[]): (string | undefined)[] =>
  scans.map((node) => node['Relation Name']).filter((name) => /_202[0-5]_/.test(name ?? ''));

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('analytics plan', { version });
  let client: ExplainingClient;
  let filled: Set<string>;

  beforeAll(async () => {
    await fill(database.url);
    filled = await listFilledPartitions(database.url);
    client = await ExplainingClient.open(database.url, 'set role telltale_application');
  });
  afterAll(() => client.close());

  /** Scans of partitions that hold events, of all statements that a call ran. */
  const scansOf = (plans: readonly PlanNode[]): PlanNode[] =>
    ranNodesOf(plans).filter((node) => filled.has(node['Relation Name'] ?? ''));

  test.each(['get_event_hourly_distribution(7)', 'get_most_active_devices(7, 10)'])(
    '%s reads the tail by position, and no partition that ended before',
    async (call) => {
      const scans = scansOf(await client.explain(`select * from telltale.${call}`));
      const tail = scans.filter((node) => node['Index Cond']?.includes('shard_key') !== true);

      expect(tail.length).toBeGreaterThan(0);
      expect(typesOf(scans)).not.toContain('Seq Scan');
      for (const node of tail) {
        if (node['Node Type'] === 'Bitmap Heap Scan') continue;
        expect(node['Index Cond']).toMatch(/log = .* AND \("?position"? > /);
      }
      expect(ofHistory(scans)).toEqual([]);
    },
  );

  test('get_device_health_trends reads the device index alone', async () => {
    const scans = scansOf(
      await client.explain('select * from telltale.get_device_health_trends($1, 30)', [deviceOf(0)]),
    );

    expect(scans.length).toBeGreaterThan(0);
    expect(typesOf(scans)).toEqual(['Index Only Scan']);
    expect(scans.every((node) => node['Index Cond']?.includes('shard_key'))).toBe(true);
  });

  test('device_event_timeline of one device is in the order of its index', async () => {
    const limited = 'select * from telltale.device_event_timeline where device_uuid = $1 limit 20';
    const plans = await client.explain(limited, [deviceOf(0)]);
    const scans = scansOf(plans);
    const nodes = plans.flatMap(nodesOf);

    expect(typesOf(scans)).toEqual(['Index Scan']);
    expect(scans.every((node) => node['Index Cond']?.includes('shard_key'))).toBe(true);
    expect(nodes.map((node) => node['Node Type'])).toContain('Merge Append');
    // The contexts of an event may be sorted by a join; the events themselves never are.
    const sorts = nodes.filter((node) => node['Node Type'].includes('Sort'));
    expect(sorts.filter((node) => nodesOf(node).some((below) => filled.has(below['Relation Name'] ?? '')))).toEqual([]);
  });
});
