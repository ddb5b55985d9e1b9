/** How PostgreSQL reads for a search: segments by their indexes, events by position, and no partition that a segment rules out. */
import type { EventInput } from '@telltale/catalogue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, EventStore } from '../../src/index.ts';
import { keyOf } from '../../src/segment/key.ts';
import {
  ExplainingClient,
  listFilledPartitions,
  type PlanNode,
  prepareCall,
  ranNodesOf,
  typesOf,
  type Values,
} from '../sql/explain.ts';
import { sampleOf, sampleTiers } from '../sql/sample.ts';
import { ask } from '../sql/session.ts';

const deviceOf = (index: number): string => `0192f0c1-7a52-7c3e-9b1a-${String(index).padStart(12, '0')}`;
const cause = deviceOf(4711);

const eventOf = (index: number): EventInput =>
  sampleOf(sampleTiers[index % 4] ?? 'debug', deviceOf(index % 9), {
    ...(index % 1500 === 7 && { causation_id: cause }),
  });

/** Four weeks of 4,000 events each in partitions of their own, indexed but for the last; and what 3 M more would leave. */
async function load(url: string): Promise<void> {
  const store: AnyEventStore = new EventStore({ connection: url, worker: false, clockBound: '100 years' });
  await store.raiseLogCount(2);
  for (let week = 0; week < 4; week++) {
    await ask(
      url,
      `create or replace function telltale.clock() returns timestamptz language sql volatile
       return clock_timestamp() + interval '${week * 7} days'`,
    );
    for (let batch = 0; batch < 4; batch++) {
      await store.publishBatch(Array.from({ length: 1000 }, (_, index) => eventOf(week * 4000 + batch * 1000 + index)));
    }
    if (week === 2) await store.index();
  }
  await store.close();
  // Of a log that has no events: a search would find nothing there, the plans are what they would be.
  await ask(
    url,
    `insert into telltale.segments (log, first_position, last_position, recorded_from, recorded_to, time_from, time_to,
       prompt_from, keys, ends, postings, lengths)
     select log, 1 + n * 1024, (n + 1) * 1024, t, t, t, t, t, array(select k from generate_series(n, n + 40) k), '{}', '', ''
     from telltale.add_log('import', 'plan') log, generate_series(0, 2999) n
     cross join lateral (select timestamptz '2020-01-01' + n * interval '1 minute' as t) as time`,
  );
  await ask(url, 'vacuum analyze');
}

const segmentScansOf = (nodes: readonly PlanNode[]): PlanNode[] =>
  nodes.filter((node) => node['Relation Name'] === 'segments');

const anywhere = { before_time: 'infinity', before_log: 32_767, before_position: '9223372036854775807' };
const anytime = { from: '-infinity', to: 'infinity' };

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('search plan', { version });
  let client: ExplainingClient;
  let filled: Set<string>;

  beforeAll(async () => {
    await load(database.url);
    filled = await listFilledPartitions(database.url);
    // As the store's own connections are set.
    const settings = 'set plan_cache_mode = force_generic_plan; set timezone = UTC; set role telltale_application';
    client = await ExplainingClient.open(database.url, settings);
  });
  afterAll(() => client.close());

  /** What was done for a statement of the library, and for the functions that it calls. */
  const explain = async (name: string, values: Values): Promise<PlanNode[]> =>
    ranNodesOf(await client.explain(await prepareCall(client.client, name, values)));

  const eventScansOf = (nodes: readonly PlanNode[]): PlanNode[] =>
    nodes.filter((node) => filled.has(node['Relation Name'] ?? ''));

  /** Partitions with events that lie wholly before or behind a time. */
  async function partitionsBeside(from: string, to: string): Promise<string[]> {
    const rows = await ask<{ name: string }>(
      database.url,
      'select name::text from telltale.partitions where to_time <= $1 or from_time > $2',
      [from, to],
    );
    return rows.map(({ name }) => name).filter((name) => filled.has(name));
  }

  test('the newest segments come in the order of their index, unsorted', async () => {
    const nodes = await explain('walk_segments', { ...anywhere, ...anytime, keys: '{1,2}', lengths: false, limit: 16 });

    expect(typesOf(segmentScansOf(nodes))).toEqual(['Index Scan']);
    expect(segmentScansOf(nodes).map((node) => node['Index Name'])).toEqual(['segments_time']);
    expect(typesOf(nodes).filter((type) => type.includes('Sort'))).toEqual([]);
  });

  test.each([
    ['all of some', '{1500,1501}', '{1500}'],
    ['one of some', '{}', '{1500,2990}'],
  ])('segments that have %s keys are found by the index over keys', async (_what, all, oneOf) => {
    const asked = { ...anywhere, ...anytime, keys: '{1500}', all, one_of: oneOf, lengths: false, limit: 64 };
    const nodes = await explain('find_segments', asked);

    expect(nodes.map((node) => node['Index Name'])).toContain('segments_keys');
    expect(typesOf(segmentScansOf(nodes))).not.toContain('Seq Scan');
  });

  test('the events of candidates are read by log and position, in the partitions of their segments alone', async () => {
    const [segment] = await ask<{ first: string; recorded_from: string; recorded_to: string; log: number }>(
      database.url,
      `select first_position::text as first, recorded_from::text, recorded_to::text, log from telltale.segments
       where log < 2 order by recorded_from limit 1`,
    );
    const { first, log, ...recorded } = segment as {
      first: string;
      recorded_from: string;
      recorded_to: string;
      log: number;
    };
    const nodes = await explain('read_positions', {
      ...anywhere,
      ...anytime,
      owners: '{1,1,1}',
      positions: `{${first},${Number(first) + 5},${Number(first) + 500}}`,
      logs: `{${log}}`,
      recorded_from: `{"${recorded.recorded_from}"}`,
      recorded_to: `{"${recorded.recorded_to}"}`,
      earliest: recorded.recorded_from,
      latest: recorded.recorded_to,
      limit: 100,
    });
    const beside = await partitionsBeside(recorded.recorded_from, recorded.recorded_to);

    expect(eventScansOf(nodes).length).toBeGreaterThan(0);
    expect(typesOf(eventScansOf(nodes))).not.toContain('Seq Scan');
    // By one scan or by a bitmap: what is looked up in the index is the positions.
    const conditions = nodes.flatMap((node) => node['Index Cond'] ?? []).filter((cond) => cond.includes('position'));
    expect(conditions.length).toBeGreaterThanOrEqual(eventScansOf(nodes).length);
    for (const condition of conditions) expect(condition).toMatch(/log = .*"?position"? = ANY/);
    expect(beside.length).toBeGreaterThan(3);
    expect(eventScansOf(nodes).filter((node) => beside.includes(node['Relation Name'] ?? ''))).toEqual([]);
  });

  test('what an event caused is found by the keys, and behind the segments by position', async () => {
    const asked = { ids: `{${cause}}`, keys: `{${keyOf('causation', cause)}}`, limit: 100 };
    const nodes = await explain('find_caused', asked);

    expect(nodes.map((node) => node['Index Name'])).toContain('segments_keys');
    expect(typesOf(segmentScansOf(nodes))).not.toContain('Seq Scan');
    expect(eventScansOf(nodes).length).toBeGreaterThan(0);
    expect(typesOf(eventScansOf(nodes))).not.toContain('Seq Scan');
  });

  test('what stands behind the segments is read in order of position, in its partitions alone', async () => {
    const [indexed] = await ask<{ log: number; after: string; since: string }>(
      database.url,
      `select log, last_position::text as after, recorded_to::text as since from telltale.segments
       where log < 2 order by recorded_to desc limit 1`,
    );
    const { log, after, since } = indexed as { log: number; after: string; since: string };
    const nodes = await explain('read_unindexed', { log, after, since, head: '1000000', limit: 1024 });
    const beside = await partitionsBeside(since, 'infinity');

    expect(eventScansOf(nodes).length).toBeGreaterThan(0);
    expect(typesOf(eventScansOf(nodes))).toEqual(['Index Scan']);
    expect(typesOf(nodes)).toContain('Merge Append');
    expect(typesOf(nodes).filter((type) => type.includes('Sort'))).toEqual([]);
    expect(beside.length).toBeGreaterThan(3);
    expect(eventScansOf(nodes).filter((node) => beside.includes(node['Relation Name'] ?? ''))).toEqual([]);
  });
});
