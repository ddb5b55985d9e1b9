/** Search: every answer is the one that a look at each event gives, from segments and tail, while writers run. */
import type { Event } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import { expect, test } from 'vitest';
import { createDatabase, testVersions } from '../../../../test/database.ts';
import { deviceOf } from '../invariant/fleet.ts';
import { openStore } from '../invariant/store.ts';
import { seededRandom } from '../invariant/writer.ts';
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

test.each(testVersions())(
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
  60_000,
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

test('an answer is exact as of one moment while four writers publish and two processes index', async () => {
  const { url } = await createDatabase('search under load');
  const stores = [openStore(url, { worker: true }), openStore(url, { worker: true })] as const;
  const end = performance.now() + 5000;
  const writers = [0, 1, 2, 3].map(async (writer) => {
    const next = seededRandom(`writer ${writer}`);
    while (performance.now() < end) {
      await stores[0].publishBatch(Array.from({ length: 200 }, () => randomEvent(next, base)));
    }
  });
  const next = seededRandom('asked under load');
  const asked: { criteria: object; found: string[]; from: number; to: number }[] = [];
  while (performance.now() < end) {
    const criteria = criteriaOf(next, base);
    const store = stores[asked.length % 2] as AnyEventStore;
    const from = await headOf(store);
    const found = (await store.search(criteria)).map((event) => event.event_id);
    asked.push({ criteria, found, from, to: await headOf(store) });
  }
  await Promise.all(writers);

  const events = await readEverything(stores[0]);
  expect(asked.length).toBeGreaterThan(2);
  for (const { criteria, found, from, to } of asked) {
    // Heads are those of whole batches, 200 events each.
    const heads = Array.from({ length: (to - from) / 200 + 1 }, (_, batch) => from + batch * 200);
    const answers = heads.map((head) =>
      searchByHand(
        events.filter((event) => event.position <= head),
        criteria,
      ).join(),
    );
    expect(answers, JSON.stringify(criteria)).toContain(found.join());
  }
}, 60_000);

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
