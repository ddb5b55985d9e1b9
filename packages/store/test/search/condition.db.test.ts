/** A filter selects the same events in PostgreSQL as in the process, and nothing of a filter gets into the SQL. */
import {
  type Event,
  type EventInput,
  type Filter,
  matchFilter,
  parseFilter,
  printFilter,
  TelltaleError,
} from '@telltale/catalogue';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { Registry } from '../../src/catalogue/registry.ts';
import { type AnyEventStore, type Database, EventStore, openDatabase } from '../../src/index.ts';
import { conditionOf } from '../../src/search/condition.ts';
import { readEverything } from '../read/fleet.ts';
import { filterOf } from './arbitrary-filter.ts';
import { eventsOf, ownType, vocabulary } from './vocabulary.ts';

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const made = useDatabase('condition', { version });
  let database: Database;
  let registry: Registry;
  let events: Event[];

  beforeAll(async () => {
    database = openDatabase(made.url, { role: 'telltale_application', connections: 2 });
    const store: AnyEventStore = new EventStore({ connection: made.url, worker: false });
    await store.registerEventType(ownType);
    for (let batch = 0; batch < 4; batch++) await store.publishBatch(eventsOf(batch, 60));
    registry = new Registry();
    await registry.refresh(database);
    events = await readEverything(store);
    await store.close();
    return () => database.close();
  });

  const personal = (name: string): readonly string[] => registry.find(name)?.personal ?? [];

  async function select(tree: Filter, tenant?: string): Promise<string[]> {
    // Not $1, so that the numbering is tried too.
    const { text, values } = conditionOf(tree, { registry, first: 2, ...(tenant !== undefined && { tenant }) });
    const rows = await database.query<{ event_id: string }>(
      {
        text: `select e.event_id from telltale.recorded_events e left join telltale.contexts c on c.context_id = e.context_id
               where $1::boolean and ${text}`,
      },
      [true, ...values],
    );
    return rows.map((row) => row.event_id).sort();
  }

  function pass(tree: Filter, tenant?: string): string[] {
    const matches = matchFilter(tree, { personal, ...(tenant !== undefined && { tenant }) });
    return events
      .filter(matches)
      .map((event) => event.event_id)
      .sort();
  }

  test('any filter selects in SQL the events that pass it in the process', async () => {
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(filterOf(vocabulary), fc.constantFrom(undefined, 'acme'), async (tree, tenant) => {
        const selected = await select(tree, tenant);
        if (selected.length > 0 && selected.length < events.length) hits += 1;
        expect(selected, printFilter(tree)).toEqual(pass(tree, tenant));
      }),
      { numRuns: 400 },
    );
    // Filters that hit nothing or everything would show little.
    expect(hits).toBeGreaterThan(120);
  });

  test('the negation of any filter selects exactly the other events', async () => {
    await fc.assert(
      fc.asyncProperty(filterOf(vocabulary), async (part) => {
        const negated = await select({ kind: 'not', part, span: part.span });
        expect([...(await select(part)), ...negated].sort()).toEqual(events.map((event) => event.event_id).sort());
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    `tag.site:"' or true --"`,
    `tag."' or true --":x`,
    `data."') or (true":*`,
    String.raw`data.text:*\'*`,
    `"'; drop table telltale.logs; --"`,
    `actor.id:$1`,
    `type:"');"*`,
    String.raw`source:"\" or \"\"=\""`,
  ])('%s is looked for, not run', async (text) => {
    const tree = parseFilter(text);
    const { text: sql } = conditionOf(tree, { registry });

    expect(sql).not.toContain('drop');
    expect(sql).not.toContain('true');
    expect(await select(tree)).toEqual(pass(tree));
  });

  test('the SQL of a filter is the same whatever its values are', () => {
    const [zebra, giraffe] = ['zebra', 'giraffe'].map((value) => {
      const tree = parseFilter(`tag.${value}:${value} data.${value}:${value}* ${value} -source:${value},b`);
      return conditionOf(tree, { registry }).text;
    });

    expect(zebra).toBe(giraffe);
  });

  test('a filter confined to a tenant shows no event of another, whatever it says', async () => {
    const tree = parseFilter('tenant:umbrella OR -tenant:acme OR type:* OR timestamp>=1900-01-01T00:00:00Z');
    const own = events
      .filter((event) => event.tenant === 'acme')
      .map((event) => event.event_id)
      .sort();

    expect(await select(tree, 'acme')).toEqual(own);
    expect(pass(tree, 'acme')).toEqual(own);
    expect(await select(tree)).toHaveLength(events.length);
  });

  test.each([
    ['at the pointer', { personal: 'quokka' }, false],
    ['below the pointer', { personal: { any: ['quokka'] } }, false],
    ['in any item of a list', { list: [{}, { personal: 'quokka' }] }, false],
    ['under any key', { list: { any: { personal: 'quokka' } } }, false],
    ['at a place in a list', { 'a.b': ['quokka', 'x'] }, false],
    ['under a key with a tilde', { '~1': { any: 'quokka' } }, false],
    ['beside the pointer', { 'a.b': ['x', 'quokka'], personal: 'x' }, true],
    ['beside it in a list', { list: [{ personal: 'x', open: 'quokka' }] }, true],
    ['in a key', { quokka: 'x' }, false],
  ])('a word %s is looked for: %j, found: %s', async (_where, data, found) => {
    const store: AnyEventStore = new EventStore({ connection: made.url, worker: false });
    const device = vocabulary.uuids[1] as string;
    const receipt = await store.publish({ event_type: ownType.name, device_uuid: device, data });
    const [event] = (await store.readStream({ deviceUuid: device }, { backward: true, limit: 1 })).events;
    await store.close();
    const tree = parseFilter(`quokka event:${receipt.event_id}`);

    expect(await select(tree)).toEqual(found ? [receipt.event_id] : []);
    expect(matchFilter(tree, { personal })(event as Event)).toBe(found);
  });

  test('a type that nobody registered is refused with its place and the nearest names', () => {
    expect(() => conditionOf(parseFilter('a type:device.onlien'), { registry })).toThrow(
      expect.objectContaining<Partial<TelltaleError>>({
        code: 'UnknownEventType',
        message:
          'character 3: expected a registered event type (found: device.onlien); did you mean device.online or device.offline?',
        place: { found: 'device.onlien', offset: 2, length: 18 },
      }),
    );
  });

  test('hostile wildcards and phrases take no longer on long text than their length allows', async () => {
    const long = 'a'.repeat(40_000);
    const store: AnyEventStore = new EventStore({ connection: made.url, worker: false });
    const hostile: EventInput = {
      event_type: ownType.name,
      device_uuid: vocabulary.uuids[0] as string,
      data: { long },
    };
    await store.publish(hostile);
    await store.close();
    const started = performance.now();
    for (const text of [
      `data.long:${'a*'.repeat(200)}b`,
      `data.long:*${'a*b*'.repeat(200)}`,
      `"${'a '.repeat(1500)}b"`,
    ]) {
      expect(await select(parseFilter(text))).toEqual([]);
    }

    // Backtracking would take years; this takes some 50 ms on an idle machine.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
