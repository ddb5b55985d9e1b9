/** What a filter passes, its plan over the keys lets through: a search that looks at candidates alone misses nothing. */
import { type Event, type FieldName, type Filter, matchFilter, printFilter } from '@telltale/catalogue';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { Registry } from '../../src/catalogue/registry.ts';
import { type AnyEventStore, type Database, EventStore, openDatabase } from '../../src/index.ts';
import { valuesOf } from '../../src/read/criterion.ts';
import { RowReader } from '../../src/read/event-row.ts';
import { evaluate, type KeyPlan, keysOf, planOf, requiredOf, wordsOfFilter } from '../../src/search/plan.ts';
import { KeyMaker, type UnindexedRow } from '../../src/segment/event-key.ts';
import { Lexemes } from '../../src/segment/lexeme.ts';
import { OpenSegment } from '../../src/segment/open-segment.ts';
import { type Bitmap, hasBit } from '../../src/segment/posting.ts';
import { readStatement } from '../../src/sql-file.ts';
import { readEverything } from '../read/fleet.ts';
import { filterOf } from '../search/arbitrary-filter.ts';
import { eventsOf, ownType, vocabulary } from '../search/vocabulary.ts';

const readUnindexed = readStatement('read_unindexed');

const span = { offset: 0, length: 0 };

const missed = (found: readonly Event[], positions: Bitmap): string[] =>
  found.filter((event) => !hasBit(positions, event.position - 1)).map((event) => event.event_id);

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const made = useDatabase('key plan', { version });
  let database: Database;
  let events: Event[];
  const registry = new Registry();
  const lexemes = new Lexemes();
  const segment = new OpenSegment(0, 1);

  beforeAll(async () => {
    database = openDatabase(made.url, { role: 'telltale_application', connections: 2 });
    const store: AnyEventStore = new EventStore({ connection: made.url, worker: false });
    await store.registerEventType(ownType);
    for (let batch = 0; batch < 4; batch++) await store.publishBatch(eventsOf(batch, 60));
    events = await readEverything(store);
    await store.close();
    const asked = { log: 0, after: '0', head: '1024', since: '-infinity', limit: 1024 };
    const rows = await database.query<UnindexedRow>(readUnindexed, valuesOf(readUnindexed.parameters, asked));
    const keyed = await new KeyMaker(registry, new RowReader(registry), lexemes).make(database, rows);
    for (let index = 0; index < keyed.count; index++) segment.add(keyed, index);
    return () => database.close();
  });

  async function plan(tree: Filter): Promise<KeyPlan> {
    await lexemes.learn(database, wordsOfFilter(tree));
    return planOf(tree, { registry, lexemes });
  }

  const pass = (tree: Filter): Event[] => events.filter(matchFilter(tree, { personal: registry.personalOf }));
  const letThrough = (keys: KeyPlan): Bitmap => evaluate(keys, (key) => segment.postingOf(key));

  test('any filter passes no event that its plan does not let through', async () => {
    let narrowed = 0;
    await fc.assert(
      fc.asyncProperty(filterOf(vocabulary), async (tree) => {
        const found = pass(tree);
        const positions = letThrough(await plan(tree));
        expect(missed(found, positions), printFilter(tree)).toEqual([]);
        const left = events.filter((event) => hasBit(positions, event.position - 1)).length;
        if (found.length > 0 && left < events.length) narrowed += 1;
      }),
      { numRuns: 1500 },
    );
    // A plan that lets everything through would miss nothing either.
    expect(narrowed).toBeGreaterThan(150);
  });

  test('a segment with an event that passes has every key that its plan asks the index for', async () => {
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(filterOf(vocabulary), async (tree) => {
        if (pass(tree).length === 0) return;
        const { all, oneOf } = requiredOf(await plan(tree));
        if (all.length > 0 || oneOf !== null) asked += 1;
        expect(all.filter((key) => segment.postingOf(key) === undefined)).toEqual([]);
        if (oneOf !== null) expect(oneOf.some((key) => segment.postingOf(key) !== undefined)).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(asked).toBeGreaterThan(40);
  });

  test('the keys of a plan are all that its evaluation looks for', async () => {
    await fc.assert(
      fc.asyncProperty(filterOf(vocabulary), async (tree) => {
        const keys = await plan(tree);
        const looked = new Set<number>();
        evaluate(keys, (key) => {
          looked.add(key);
          return undefined;
        });
        expect(looked).toEqual(new Set(keysOf(keys)));
      }),
      { numRuns: 200 },
    );
  });

  test.each<[FieldName, (event: Event) => unknown]>([
    ['tenant', (event) => event.tenant],
    ['severity', (event) => event.severity],
    ['correlation', (event) => event.correlation_id],
    ['service', (event) => event.metadata.source?.service],
    ['device', (event) => event.device_uuid],
    ['type', (event) => event.event_type],
  ])('a plan for one %s lets through just the events that have it', async (field, valueOf) => {
    for (const value of new Set(events.map(valueOf))) {
      if (typeof value !== 'string' || value === '') continue;
      const values = [{ kind: 'text' as const, parts: [value] }];
      const tree: Filter = { kind: 'value', field: { name: field, path: [] }, values, span };
      const positions = letThrough(await plan(tree));
      const found = events.filter((event) => hasBit(positions, event.position - 1));
      expect(found.map((event) => event.event_id)).toEqual(pass(tree).map((event) => event.event_id));
      expect(found.length).toBeGreaterThan(0);
    }
  });
});
