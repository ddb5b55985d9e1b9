/** Search: every answer is the one that a look at each event gives, from segments and tail, while writers run. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event, EventSearchCriteria } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import { expect, test } from 'vitest';
import { createDatabase, newestVersion } from '../../../../test/database.ts';
import { deviceOf } from '../invariant/fleet.ts';
import { openStore } from '../invariant/store.ts';
import { seededRandom } from '../invariant/writer.ts';
import { connect } from '../sql/session.ts';
import { criteriaOf, randomEvent, searchByHand } from './fleet.ts';

const base = Date.now();

async function publish(store: AnyEventStore, count: number, seed: string): Promise<void> {
  const next = seededRandom(seed);
  const ids: string[] = [];
  for (let done = 0; done < count; done += 500) {
    const events = Array.from({ length: Math.min(500, count - done) }, () => randomEvent(next, base, ids));
    ids.push(...events.map((event) => event.event_id));
    await store.publishBatch(events);
  }
}

async function readEverything(store: AnyEventStore): Promise<Event[]> {
  const events: Event[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await store.readAll(cursor, {}, { limit: 10_000 });
    events.push(...page.events);
    cursor = page.cursor;
    if (page.atHead) return events;
  }
}

test.each(newestVersion())(
  'on PostgreSQL %i, criteria of every kind find what a look at each event finds, wherever the segments end',
  async (version) => {
    const { url } = await createDatabase('search', { version });
    const store = openStore(url);
    const next = seededRandom('criteria');
    for (const count of [300, 900, 2500]) {
      await publish(store, count, `events ${count}`);
      if (count === 2500) expect(await store.index()).toBeLessThan(1024);
      const events = await readEverything(store);
      for (let run = 0; run < 60; run++) {
        const criteria = criteriaOf(next, base);
        const found = await store.search(criteria);
        expect(
          found.map((event) => event.event_id),
          JSON.stringify(criteria),
        ).toEqual(searchByHand(events, criteria));
        if (run % 4 > 0) continue;
        const all = searchByHand(events, { ...criteria, offset: 0, limit: events.length });
        const { total } = await store.searchPage(criteria, { total: true });
        expect(total, JSON.stringify(criteria)).toBe(all.length);
      }
    }
  },
);

test('pages by cursor give every event once, in order, also with logs of their own', async () => {
  const { url } = await createDatabase('search pages');
  const store = openStore(url);
  await publish(store, 1500, 'one log');
  await store.raiseLogCount(3);
  await publish(store, 2500, 'three logs');
  await store.index();
  await publish(store, 300, 'tail');
  const events = await readEverything(store);
  const criteria = { filter: 'severity>=warning' };
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await store.searchPage({ ...criteria, limit: 170, ...(cursor !== undefined && { cursor }) });
    found.push(...page.events.map((event) => event.event_id));
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }

  expect(found).toEqual(searchByHand(events, { ...criteria, limit: 10_000 }));
});

/** Events of one batch under load, so that a head is a multiple of it. */
const batch = 20;

/** Publishes until a time: random events, and in each batch one that says which of 16 gates it is of. */
async function keepPublishing(store: AnyEventStore, writer: number, end: number): Promise<void> {
  const next = seededRandom(`writer ${writer}`);
  while (performance.now() < end) {
    const reason = `leak at gate${Math.floor(next() * 16)}`;
    const events = Array.from({ length: batch - 1 }, () => randomEvent(next, base));
    await store.publishBatch([
      ...events,
      { event_type: 'device.offline', device_uuid: deviceOf(writer), data: { reason } },
    ]);
    // All that are published are looked at once for every answer: 20,000 to 30,000 so.
    await sleep(next() * 50);
  }
}

/** Every head that there may have been between two. */
const momentsOf = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / batch + 1 }, (_, index) => from + index * batch);

test('an answer is exact as of one moment while sixteen writers publish and two processes index', async () => {
  const { url } = await createDatabase('search under load');
  const stores = [openStore(url, { worker: true }), openStore(url, { worker: true })] as const;
  const end = performance.now() + 5000;
  const writers = Array.from({ length: 16 }, (_, writer) => keepPublishing(stores[0], writer, end));
  const next = seededRandom('asked under load');
  const asked: { criteria: EventSearchCriteria; found: string[]; total: number | undefined; moments: number[] }[] = [];
  while (performance.now() < end || asked.length < 3) {
    const criteria = criteriaOf(next, base);
    const store = stores[asked.length % 2] as AnyEventStore;
    const from = await headOf(store);
    const { events, total } = await store.searchPage(criteria, { total: asked.length % 3 === 0 });
    const found = events.map((event) => event.event_id);
    asked.push({ criteria, found, total, moments: momentsOf(from, await headOf(store)) });
  }
  await Promise.all(writers);

  const events = await readEverything(stores[0]);
  const positions = new Map(events.map((event) => [event.event_id, event.position]));
  for (const { criteria, found, total, moments } of asked) {
    const { offset = 0, limit = 100 } = criteria;
    const all = searchByHand(events, { ...criteria, offset: 0, limit: events.length });
    const answers = moments.map((head) => all.filter((id) => (positions.get(id) ?? 0) <= head));
    const pages = answers.map((there) => there.slice(offset, offset + limit).join());
    expect(pages, JSON.stringify(criteria)).toContain(found.join());
    // Counted behind the page, as of a moment of its own.
    if (total !== undefined) expect(answers.map((there) => there.length)).toContain(total);
  }
});

test('full text finds what a dictionary scan of one moment finds while sixteen writers publish', async () => {
  const { url } = await createDatabase('text under load');
  const stores = [openStore(url, { worker: true }), openStore(url, { worker: true })] as const;
  const end = performance.now() + 3000;
  const writers = Array.from({ length: 16 }, (_, writer) => keepPublishing(stores[0], writer, end));
  const queries = [
    ['leaks gate3', 'leak & gate3'],
    ['gate4 OR gate5', 'gate4 | gate5'],
    ['gate6 -stuck', 'gate6 & !stuck'],
  ] as const;
  const asked: { query: string; scan: string; found: string[]; moments: number[] }[] = [];
  while (performance.now() < end || asked.length < 3) {
    const store = stores[asked.length % 2] as AnyEventStore;
    const [query, scan] = queries[asked.length % 3] as (typeof queries)[number];
    const from = await headOf(store);
    const { events } = await store.fullTextPage(query, { limit: 1000 });
    const found = events.map((event) => event.event_id).sort();
    asked.push({ query, scan, found, moments: momentsOf(from, await headOf(store)) });
  }
  await Promise.all(writers);

  const session = await connect(url);
  for (const { query, scan, found, moments } of asked) {
    const { rows } = await session.query<{ event_id: string; position: number }>(
      `select event_id, position::int from telltale.events
       where to_tsvector('english', translate(concat_ws(' ', data->>'reason', data->>'error', data->>'image'), '._-,', '    '))
         @@ to_tsquery('english', $1) order by 1`,
      [scan],
    );
    const answers = moments.map((head) => rows.filter((row) => row.position <= head).map((row) => row.event_id));
    expect(answers.map(String), query).toContain(String(found));
  }
});

async function headOf(store: AnyEventStore): Promise<number> {
  return (await store.readLast(1)).events[0]?.position ?? 0;
}

test('a star finds events of a type that another process registered since', async () => {
  const { url } = await createDatabase('search new type');
  const [reader, other] = [openStore(url), openStore(url)];
  expect(await reader.search({ filter: 'type:pump.*' })).toEqual([]);
  await other.registerEventType({
    name: 'pump.primed',
    aggregate: 'device',
    description: 'A pump was primed.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: { type: 'object' },
    summary: 'Pump primed',
    icon: 'droplet',
  });
  await other.publish({ event_type: 'pump.primed', device_uuid: deviceOf(1), data: {} });

  expect(await reader.search({ filter: 'type:pump.*' })).toHaveLength(1);
});
