/** How PostgreSQL reads for the hot queries: by index, in the index's order, and no partition that a time rules out. */
import { type EventInput, severities } from '@telltale/catalogue';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, EventStore } from '../../src/index.ts';
import { explainStatement, listFilledPartitions, nodesOf, type PlanNode, type Values } from './explain.ts';
import { sampleOf, sampleTiers } from './sample.ts';
import { ask } from './session.ts';

const deviceOf = (index: number): string => `0192f0c1-7a52-7c3e-9b1a-${String(index).padStart(12, '0')}`;

/** 20,000 events over four weeks; the devices, apps and jobs that are read have long histories, where an order pays. */
function eventOf(index: number): EventInput {
  const metadata = {
    severity: severities[index % 5] ?? 'info',
    ...(index % 50 === 0 && { tenant: { id: 'acme', name: 'Acme' } }),
  };
  const kind = index % 10;
  const id = String(index % 2);
  if (kind < 3) return { event_type: 'image.removed', aggregate_id: `app-${id}`, data: { image: 'x' }, metadata };
  if (kind < 6) return { event_type: 'job.started', aggregate_id: `job-${id}`, data: { job_id: 'x' }, metadata };
  return sampleOf(sampleTiers[index % 4] ?? 'debug', deviceOf(index % 9), { metadata });
}

async function load(url: string): Promise<void> {
  await ask(
    url,
    'create table public.clock_offset (days integer); insert into public.clock_offset values (0); grant select on public.clock_offset to public',
  );
  await ask(
    url,
    `create or replace function telltale.clock() returns timestamptz language sql volatile
     return clock_timestamp() + (select days from public.clock_offset) * interval '1 day'`,
  );
  const store: AnyEventStore = new EventStore({ connection: url, worker: false, clockBound: '100 years' });
  for (let week = 0; week < 4; week++) {
    await ask(url, 'update public.clock_offset set days = $1', [week * 7]);
    for (let batch = 0; batch < 5; batch++) {
      await store.publishBatch(Array.from({ length: 1000 }, (_, index) => eventOf(week * 5000 + batch * 1000 + index)));
    }
  }
  await store.close();
  await ask(url, 'vacuum analyze');
}

const scansOf = (plan: PlanNode): PlanNode[] =>
  nodesOf(plan).filter((node) => node['Relation Name']?.startsWith('events_') === true && node['Actual Loops'] > 0);

/** Sorts of more than what an index left unsorted: those with an append below them. */
const sortsOf = (plan: PlanNode): PlanNode[] =>
  nodesOf(plan).filter(
    (node) => node['Node Type'] === 'Sort' && nodesOf(node).some((below) => below['Node Type'].endsWith('Append')),
  );

const everything = { floors: '{0,0,0,0}', limit: 100, head: 1_000_000 };

/** Calls as the library makes them; what is left out is null. */
const calls: { name: string; what: string; values: Values }[] = [
  { name: 'read_log', what: 'from the start', values: { ...everything, log: 0, after: 0, since: '-infinity' } },
  { name: 'read_log', what: 'in the middle', values: { ...everything, log: 0, after: 10_000, since: '-infinity' } },
  {
    name: 'read_log',
    what: 'of two tiers',
    values: { ...everything, log: 0, after: 500, since: '-infinity', tiers: '{0,3}' },
  },
  { name: 'read_last', what: 'of everything', values: { ...everything, log: 0 } },
  { name: 'read_device', what: 'from the start', values: { shard_key: deviceOf(7), limit: 100 } },
  {
    name: 'read_device',
    what: 'behind a key',
    values: { shard_key: deviceOf(7), limit: 100, timestamp: '2026-01-01', log: 0, position: 1 },
  },
  { name: 'read_device_backward', what: 'from the end', values: { shard_key: deviceOf(7), limit: 100 } },
  {
    name: 'read_device_backward',
    what: 'before a key',
    values: { shard_key: deviceOf(7), limit: 100, timestamp: '2046-01-01', log: 0, position: 1 },
  },
  {
    name: 'read_aggregate',
    what: 'from the start',
    values: { aggregate_type: 'app', aggregate_id: 'app-0', limit: 100 },
  },
  {
    name: 'read_aggregate_backward',
    what: 'from the end',
    values: { aggregate_type: 'app', aggregate_id: 'app-0', limit: 100 },
  },
  {
    name: 'read_stream',
    what: 'from the start',
    values: { aggregate_type: 'job', aggregate_id: 'job-1', limit: 100 },
  },
  {
    name: 'read_stream',
    what: 'behind a version',
    values: { aggregate_type: 'job', aggregate_id: 'job-1', limit: 100, version: 20 },
  },
  {
    name: 'read_stream_backward',
    what: 'from the end',
    values: { aggregate_type: 'job', aggregate_id: 'job-1', limit: 100 },
  },
  { name: 'read_event', what: 'by its id', values: { event_id: deviceOf(1) } },
];

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('plan', { version });
  let client: Client;
  let filled: Set<string>;

  beforeAll(async () => {
    await load(database.url);
    client = new Client({ connectionString: database.url, options: '-c role=telltale_application' });
    await client.connect();
    filled = await listFilledPartitions(database.url);
  });
  afterAll(() => client.end());

  /** A table without rows is read in whatever way. */
  const seqScansOf = (plan: PlanNode): (string | undefined)[] =>
    scansOf(plan)
      .filter((node) => node['Node Type'] === 'Seq Scan' && filled.has(node['Relation Name'] ?? ''))
      .map((node) => node['Relation Name']);

  const explain = (name: string, values: Values, mode: string): Promise<PlanNode> =>
    explainStatement(client, name, values, mode);

  describe.each(['custom', 'generic'])('by a %s plan', (mode) => {
    test.each(calls)(
      '$name $what reads by index and sorts nothing that an index has in order',
      async ({ name, values }) => {
        const plan = await explain(name, values, mode);

        expect(scansOf(plan).length).toBeGreaterThan(0);
        expect(seqScansOf(plan)).toEqual([]);
        // Of one id there is one event, or a handful.
        if (name !== 'read_event') expect(sortsOf(plan).map((node) => node['Node Type'])).toEqual([]);
      },
    );

    test('read_log and read_stream merge the partitions in the order of their index', async () => {
      for (const { name, values } of calls.filter((call) => /^read_(log|last|stream)/.test(call.name))) {
        expect(nodesOf(await explain(name, values, mode)).map((node) => node['Node Type'])).toContain('Merge Append');
      }
    });

    test('read_log reads no partition that ended before its cursor was recorded', async () => {
      const [row] = await ask<{ since: string; kept: string[] }>(
        database.url,
        `select recorded_at::text as since,
           array(select p.name::text from telltale.partitions p where p.to_time > e.recorded_at) as kept
         from telltale.recorded_events e where position = 15000`,
      );
      const plan = await explain('read_log', { ...everything, log: 0, after: 15_000, since: row?.since ?? '' }, mode);
      const read = scansOf(plan).map((node) => node['Relation Name']);

      expect(read.length).toBeGreaterThan(0);
      expect(read.filter((name) => !row?.kept.includes(name ?? ''))).toEqual([]);
    });
  });
});
