/** readAll gives every event once, whatever the pages and the filter, and in the order of each log and device. */
import { randomUUID } from 'node:crypto';
import { type Event, severities, type Tier, tiers } from '@telltale/catalogue';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, testVersions, useDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, type EventFilter, EventStore } from '../../src/index.ts';
import { sampleOf, sampleOfEachTier } from '../sql/sample.ts';
import { ask, openStore } from '../sql/session.ts';
import { devices, publishHistory, readEverything, tenants } from './fleet.ts';

const filter: fc.Arbitrary<EventFilter> = fc.record(
  {
    eventTypes: fc.subarray([
      'image.removed',
      'job.started',
      'device.online',
      'device.heartbeat',
      'device.archived',
      'log.imported',
    ]),
    deviceUuid: fc.constantFrom(...devices, randomUUID()),
    minSeverity: fc.constantFrom(...severities),
    tiers: fc.subarray([...tiers]),
    tenant: fc.constantFrom('acme', 'umbrella', 'nobody'),
  },
  { requiredKeys: [] },
);

/** The filter as one would say it by hand. */
function passes(event: Event, by: EventFilter): boolean {
  return (
    (by.eventTypes === undefined || by.eventTypes.includes(event.event_type)) &&
    (by.deviceUuid === undefined || event.device_uuid === by.deviceUuid) &&
    (by.minSeverity === undefined || severities.indexOf(event.severity) >= severities.indexOf(by.minSeverity)) &&
    (by.tiers === undefined || by.tiers.includes(event.retention_tier)) &&
    (by.tenant === undefined || event.tenant === by.tenant)
  );
}

const idsOf = (events: readonly Event[]): string[] => events.map((event) => event.event_id).sort();

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('read_all', { version });
  let recorded: Event[];

  beforeAll(async () => {
    const store: AnyEventStore = new EventStore({ connection: database.url, worker: false });
    await publishHistory(store, 240);
    recorded = await readEverything(store);
    await store.close();
  });

  test('what it gives is what the tables hold, in three logs and an import', async () => {
    const rows = await ask<{ id: string }>(database.url, 'select event_id as id from telltale.recorded_events');

    expect(idsOf(recorded)).toEqual(rows.map(({ id }) => id).sort());
    expect(new Set(recorded.map((event) => event.log)).size).toBe(4);
    expect(new Set(recorded.map((event) => event.tenant))).toEqual(new Set(tenants.map((tenant) => tenant ?? null)));
  });

  test('any filter gives exactly what a person would pick, whatever the pages', async () => {
    const store = openStore(database.url);
    await fc.assert(
      fc.asyncProperty(filter, fc.constantFrom(5, 7, 50, 239, 1000), async (by, limit) => {
        const found = await readEverything(store, by, { limit });

        expect(idsOf(found)).toEqual(idsOf(recorded.filter((event) => passes(event, by))));
        for (const log of new Set(found.map((event) => event.log))) {
          const positions = found.filter((event) => event.log === log).map((event) => event.position);
          expect(positions).toEqual([...new Set(positions)].sort((one, other) => one - other));
        }
      }),
      { numRuns: 15 },
    );
  });

  test('pages of one event skip none and repeat none', async () => {
    const by: EventFilter = { tiers: ['standard'], tenant: 'acme' };
    const found = await readEverything(openStore(database.url), by, { limit: 1 });

    expect(found.length).toBeGreaterThan(5);
    expect(idsOf(found)).toEqual(idsOf(recorded.filter((event) => passes(event, by))));
  });

  test('a device stays in order also where the number of logs was raised', async () => {
    for (const limit of [7, 1000]) {
      const found = await readEverything(openStore(database.url), {}, { limit });
      for (const device of devices) {
        const times = found
          .filter((event) => event.shard_key === device && event.log < 3)
          .map((event) => event.recorded_at);
        expect(times).toEqual([...times].sort());
      }
    }
  });

  test('a page has at most as many events as were asked for, and says when it has come to the head', async () => {
    const store = openStore(database.url);
    let cursor: string | null = null;
    let read = 0;
    for (let atHead = false; !atHead; ) {
      const page = await store.readAll(cursor, {}, { limit: 17 });
      expect(page.events.length).toBeLessThanOrEqual(17);
      read += page.events.length;
      ({ cursor, atHead } = page);
    }

    expect(read).toBe(recorded.length);
    expect(await store.readAll(cursor)).toMatchObject({ events: [], atHead: true, gaps: [], cursor });
  });

  test('a cursor goes on where it stood, in another process and under another filter', async () => {
    const first = await openStore(database.url).readAll(null, {}, { limit: 100 });
    const rest: Event[] = [];
    for (let cursor = first.cursor, atHead = false; !atHead; ) {
      const page = await openStore(database.url).readAll(cursor, { tiers: ['important'] }, { limit: 40 });
      rest.push(...page.events);
      ({ cursor, atHead } = page);
    }
    const seen = new Set(first.events.map((event) => event.event_id));

    expect(idsOf(rest)).toEqual(
      idsOf(recorded.filter((event) => event.retention_tier === 'important' && !seen.has(event.event_id))),
    );
  });

  test('no page is skipped while others publish', async () => {
    const { url } = await createDatabase('read_while', { version });
    const store = openStore(url, { group: { statements: 4 } });
    await store.raiseLogCount(2);
    const published: string[] = [];
    const found: string[] = [];
    const publishing = Promise.all(
      devices.map(async (device) => {
        for (let round = 0; round < 15; round++) {
          const receipts = await store.publishBatch(sampleOfEachTier(device));
          published.push(...receipts.map((receipt) => receipt.event_id));
        }
      }),
    );
    let done = false;
    void publishing.then(() => (done = true));
    for (let cursor: string | null = null, last = false; !last; ) {
      last = done;
      for (let atHead = false; !atHead; ) {
        const page: Awaited<ReturnType<AnyEventStore['readAll']>> = await store.readAll(cursor, {}, { limit: 13 });
        found.push(...page.events.map((event) => event.event_id));
        ({ cursor, atHead } = page);
      }
    }
    await publishing;

    expect([...found].sort()).toEqual([...published].sort());
  });

  test.each<[string, object, string]>([
    ['a tier that there is not', { tiers: ['important', 'forever'] }, 'InvalidArgument'],
    ['a severity that there is not', { minSeverity: 'warn' }, 'InvalidArgument'],
    ['a device that is no UUID', { deviceUuid: 'press-07' }, 'InvalidEvent'],
    ['a type that there is not', { eventTypes: ['device.rebootd'] }, 'UnknownEventType'],
  ])('%s in a filter is refused, not left out of it', async (_what, by, code) => {
    await expect(openStore(database.url).readAll(null, by as EventFilter)).rejects.toMatchObject({ code });
  });

  test('nothing passes a filter that lists nothing', async () => {
    const store = openStore(database.url);

    expect((await store.readAll(null, { tiers: [] })).events).toEqual([]);
    expect((await store.readAll(null, { eventTypes: [] })).events).toEqual([]);
  });

  test.each([0, -1, 1, 20_000])('a limit of %d is brought within 1 and 10,000', async (limit) => {
    const { events } = await openStore(database.url).readAll(null, {}, { limit });

    expect(events.length).toBe(limit <= 1 ? 1 : events.length);
    expect(events.length).toBeGreaterThan(0);
  });

  test.each([Number.NaN, 1.5, Number.POSITIVE_INFINITY, '10' as unknown as number])(
    'a limit of %s is refused',
    async (limit) => {
      await expect(openStore(database.url).readAll(null, {}, { limit })).rejects.toMatchObject({
        code: 'InvalidArgument',
      });
    },
  );

  test("another database's cursor, which is beyond this one's head or names a log that it has not, is ahead", async () => {
    const { url } = await createDatabase('foreign', { version });
    const store = openStore(url);
    await store.publish(sampleOf('debug', devices[0] ?? ''));
    const foreign = await openStore(database.url).readAll(null, {}, { limit: 1000 });

    await expect(store.readAll(foreign.cursor)).rejects.toMatchObject({ code: 'CursorAhead' });
  });

  test('after a restore a cursor that saw the lost future is told so, and one from before it goes on', async () => {
    const { url } = await createDatabase('restored', { version });
    const store = openStore(url);
    const device = devices[0] ?? '';
    const publish = (tier: Tier): Promise<unknown> => store.publish(sampleOf(tier, device));
    for (const tier of tiers) await publish(tier);
    const [early, late] = [await store.readAll(null, {}, { limit: 2 }), await store.readAll(null)];
    // The backup had three events: one is gone, another takes its position.
    await ask(
      url,
      `alter table telltale.events_debug disable trigger refuse_change; delete from telltale.events_debug where position = 4;
      alter table telltale.events_debug enable always trigger refuse_change; delete from telltale.log_batches where first_position = 4`,
    );
    await ask(url, 'select telltale.raise_incarnation()');
    await publish('critical');
    await publish('important');

    await expect(store.readAll(late.cursor)).rejects.toMatchObject({
      code: 'CursorAhead',
      place: { expected: 3, found: 4 },
    });
    expect((await store.readAll(early.cursor)).events.map((event) => event.position)).toEqual([3, 4, 5]);
    expect((await store.readAll((await store.readAll()).cursor)).events).toEqual([]);
  });
});
