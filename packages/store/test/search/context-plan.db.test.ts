/** A condition on metadata looks each event's context up by its key, whatever the planner thinks of the tail. */
import { randomUUID } from 'node:crypto';
import { filterOf } from '@telltale/catalogue';
import { type AnyEventStore, EventStore } from '@telltale/store';
import { beforeAll, describe, expect, test } from 'vitest';
import { newestVersion, useDatabase } from '../../../../test/database.ts';
import { Registry } from '../../src/catalogue/registry.ts';
import type { Query, Session } from '../../src/database/database.ts';
import { conditionOf } from '../../src/search/condition.ts';
import { firstOfRead, pageValues, readRows } from '../../src/search/position.ts';
import { readTailRows, tailFilter } from '../../src/search/tail.ts';
import { nodesOf, type PlanNode } from '../sql/explain.ts';
import { sampleOf, sampleTiers } from '../sql/sample.ts';
import { ask, connect } from '../sql/session.ts';

// The plan is asked for without values, which PostgreSQL 15 cannot.
describe.skipIf((newestVersion()[0] ?? 0) < 16)('a search by tags', () => {
  const database = useDatabase('context plan');
  const registry = new Registry();
  const tree = filterOf({ tags: { site: 'porto', model: 'nuc' } });
  const everything = { range: { from: null, to: null }, tenant: null };

  beforeAll(async () => {
    const store: AnyEventStore = new EventStore({ connection: database.url, worker: false });
    await store.publishBatch(
      Array.from({ length: 800 }, (_, n) => sampleOf(sampleTiers[n % 4] ?? 'debug', randomUUID())),
    );
    await store.close();
    await ask(
      database.url,
      `insert into telltale.contexts (context_id, context)
       select n, jsonb_build_object('tags', jsonb_build_object('site', n::text, 'note', repeat('x', 150)))
       from generate_series(1, 12000) n;
       analyze`,
    );
    // As if each partition had millions of events.
    await ask(
      database.url,
      `update pg_class set reltuples = 20000000
       where relnamespace = 'telltale'::regnamespace and relispartition and relkind = 'r' and reltuples > 0`,
    );
  });

  /** The plan of what the work asks, as the store's own connections make it. */
  async function planOf(work: (session: Session) => Promise<unknown>): Promise<PlanNode[]> {
    const asked: Query[] = [];
    const session = {
      query: (query: Query) => {
        asked.push(query);
        return Promise.resolve([]);
      },
      script: () => Promise.resolve(),
    } as unknown as Session;
    await work(session);
    const client = await connect(database.url, 'telltale_application');
    const { rows } = await client.query(`explain (generic_plan, format json) ${asked[0]?.text}`);
    return nodesOf(rows[0]['QUERY PLAN'][0].Plan);
  }

  const logs = [{ log: 0, indexed: 1000, head: 4000, recordedTo: null }];
  const candidate = { log: 0, firstPosition: 1, recordedFrom: 0, recordedTo: 1, timeTo: 1, offsets: [1, 2] };

  test.each<[string, (session: Session) => Promise<unknown>]>([
    [
      'behind the segments',
      (session) =>
        readTailRows(session, logs, {
          filter: tailFilter(tree, registry),
          page: pageValues(everything, null, 100),
        }),
    ],
    [
      'in segments',
      (session) =>
        readRows(
          session,
          { ...everything, condition: conditionOf(tree, { registry, first: firstOfRead }) },
          [candidate] as unknown as Parameters<typeof readRows>[2],
          null,
          100,
        ),
    ],
  ])('%s reads contexts by their key alone', async (_where, work) => {
    const scans = (await planOf(work)).filter((node) => node['Relation Name'] === 'contexts');

    expect(scans.map((node) => [node['Node Type'], node['Index Name']])).toEqual([['Index Scan', 'contexts_pkey']]);
  });
});
