/** Segments from what a process has just stored are, byte for byte, those from what is read back. */
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { Registry } from '../../src/catalogue/registry.ts';
import { type AnyEventStore, EventStore, openDatabase } from '../../src/index.ts';
import { RowReader } from '../../src/read/event-row.ts';
import { Indexer } from '../../src/segment/indexer.ts';
import { seededRandom } from '../invariant/writer.ts';
import { randomEvent } from '../search/fleet.ts';
import { eventsOf, ownType } from '../search/vocabulary.ts';
import { ask } from '../sql/session.ts';

/** Its personal text can be told while it is written; that of `ownType`, which lies deeper, cannot. */
const visitType = {
  name: 'test.visited',
  description: 'Somebody came.',
  schema: { type: 'object' },
  personal: ['/visitor', '/phone'],
};

const readSegments = `
  select log, first_position, keys::text, ends::text, encode(postings, 'hex') as postings, encode(lengths, 'hex') as lengths,
    recorded_from::text, recorded_to::text, time_from::text, time_to::text, prompt_from::text
  from telltale.segments order by log, first_position`;
const readCounts = `
  select log, first_position, hour::text, recorded_day::text, tier, type_id, severity, tenant, events::int
  from telltale.event_counts order by 1, 2, 3, 4, 5, 6, 7, 8`;

function visit(number: number): Parameters<AnyEventStore['publish']>[0] {
  return {
    event_type: visitType.name,
    device_uuid: '0192f0c1-7a52-7c3e-9b1a-0000000000a1',
    data: {
      visitor: { names: ['Anna', `Anna ${number}`], badge: `badge ${number % 7}` },
      notes: [{ visitor: 'Ben', text: `replaced pump ${number % 3}` }],
      place: ['hall', { floor: 'second' }],
    },
    metadata: { actor: { type: 'user', id: `u${number % 5}`, name: 'Carla' }, request: { id: `r${number}` } },
  };
}

test('segments and counts are the same from memory and from the tables', { timeout: 60_000 }, async () => {
  const { url } = await createDatabase('offered batches');
  const store: AnyEventStore = new EventStore({ connection: url });
  await store.registerEventType(ownType);
  await store.registerEventType(visitType);
  const next = seededRandom('offered');
  const base = Date.now() - 7_200_000;
  for (let round = 0; round < 8; round++) {
    await Promise.all([
      store.publishBatch(Array.from({ length: 300 }, () => randomEvent(next, base))),
      store.publishBatch(eventsOf(round, 60)),
      store.publishBatch(Array.from({ length: 40 }, (_, number) => visit(round * 40 + number))),
    ]);
  }
  await store.index();
  await store.close();
  const offered = { segments: await ask(url, readSegments), counts: await ask(url, readCounts) };
  await ask(url, 'delete from telltale.segments');
  await ask(url, 'delete from telltale.event_counts');

  const database = openDatabase(url, { role: 'telltale_application', connections: 1 });
  onTestFinished(() => database.close());
  const registry = new Registry();
  await new Indexer(database, registry, new RowReader(registry)).work();

  expect(offered.segments.length).toBeGreaterThan(2);
  expect(await ask(url, readSegments)).toEqual(offered.segments);
  expect(await ask(url, readCounts)).toEqual(offered.counts);
});
