/** Whatever driver it goes through, an event comes back as it was published, and its checksum holds. */
import { type Event, type EventInput, findEventType } from '@telltale/catalogue';
import fc from 'fast-check';
import pg from 'pg';
import postgres from 'postgres';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { newestVersion, useDatabase } from '../../../../test/database.ts';
import { canonicalize } from '../../src/event/canonical.ts';
import { type AnyEventStore, EventStore, type StoreConnection, type StoreTransaction } from '../../src/index.ts';
import { openStore } from '../sql/session.ts';
import { event, expectedOf } from './arbitrary.ts';

/** How the store is connected, and how the caller of that driver runs a transaction. */
interface Driver {
  readonly connection: StoreConnection;
  readonly transact: (work: (transaction: StoreTransaction) => Promise<unknown>) => Promise<unknown>;
}

const drivers = {
  'a connection string': (url: string): Driver => {
    const { transact } = drivers["the caller's pg Pool"](url);
    return { connection: url, transact };
  },
  "the caller's pg Pool": (url: string): Driver => {
    const pool = new pg.Pool({ connectionString: url, max: 3 });
    onTestFinished(() => pool.end());
    return {
      connection: pool,
      transact: async (work) => {
        const client = await pool.connect();
        await client.query('begin');
        try {
          await work(client);
          await client.query('commit');
        } catch (error) {
          await client.query('rollback');
          throw error;
        } finally {
          client.release();
        }
      },
    };
  },
  "the caller's postgres instance": (url: string): Driver => {
    const sql = postgres(url, { max: 3, onnotice: () => undefined });
    onTestFinished(() => sql.end());
    return { connection: sql, transact: (work) => sql.begin(async (inner) => void (await work(inner))) };
  },
  'a postgres instance that fetches no types and prepares nothing': (url: string): Driver => {
    const sql = postgres(url, { max: 3, onnotice: () => undefined, fetch_types: false, prepare: false });
    onTestFinished(() => sql.end());
    return { connection: sql, transact: (work) => sql.begin(async (inner) => void (await work(inner))) };
  },
} as const;

async function readEverything(
  store: AnyEventStore,
  cursor: string | null,
): Promise<{ events: Event[]; cursor: string }> {
  const events: Event[] = [];
  for (let at = cursor; ; ) {
    const page = await store.readAll(at, {}, { limit: 100 });
    events.push(...page.events);
    at = page.cursor;
    if (page.atHead) return { events, cursor: page.cursor };
  }
}

const defaultsOf = ({ event_type: name }: EventInput): Pick<Event, 'severity' | 'aggregate_type'> => {
  const type = findEventType(name);
  return { severity: type?.severity ?? 'info', aggregate_type: type?.aggregate ?? '' };
};

/** Both sides as canonical text, which tells -0 from nothing and `__proto__` from a prototype. */
const said = (events: readonly EventInput[]): string[] =>
  events.map((input) => canonicalize(expectedOf(input, defaultsOf(input))));
const heard = (events: readonly Event[], inputs: readonly EventInput[]): string[] =>
  events.map((found, index) => {
    const expected = expectedOf(inputs[index] as EventInput, defaultsOf(inputs[index] as EventInput));
    return canonicalize(Object.fromEntries(Object.keys(expected).map((key) => [key, found[key as keyof Event]])));
  });

/** Shared metadata is interned from its second sighting on, so every event comes three times under other ids. */
const batch = fc
  .tuple(fc.array(event, { minLength: 1, maxLength: 12 }), fc.uuid())
  .map(([events, id]) =>
    ['0', '1', '2'].flatMap((digit) =>
      events.map((one, index) => ({ ...one, event_id: `${id.slice(0, 31)}${digit}${String(index).padStart(4, '0')}` })),
    ),
  );

describe.each(newestVersion())('on PostgreSQL %i', (version) => {
  describe.each(Object.keys(drivers) as (keyof typeof drivers)[])('over %s', (name) => {
    const database = useDatabase('driver', { version });

    test('any event that is published comes back the same', async () => {
      const store = openStore(database.url, { connection: drivers[name](database.url).connection });
      let cursor: string | null = null;
      await fc.assert(
        fc.asyncProperty(batch, async (events) => {
          await store.publishBatch(events);
          const page = await readEverything(store, cursor);
          cursor = page.cursor;

          expect(heard(page.events, events)).toEqual(said(events));
        }),
        { numRuns: 3, endOnFailure: true },
      );

      expect(await store.verify()).toMatchObject({ changed: [], miscounted: [] });
    });

    test("any event of the caller's own transaction comes back the same, after its commit", async () => {
      const driver = drivers[name](database.url);
      const store = openStore(database.url, { connection: driver.connection });
      let { cursor } = await readEverything(store, null);
      await fc.assert(
        fc.asyncProperty(batch, async (events) => {
          await driver.transact((transaction) => store.publishBatch(events, { transaction }));
          const report = await store.drainInbox();
          expect((await store.diagnose()).quarantine).toEqual([]);
          expect(report).toEqual({ moved: events.length, quarantined: 0, left: [] });
          const page = await readEverything(store, cursor);
          cursor = page.cursor;

          expect(heard(page.events, events)).toEqual(said(events));
        }),
        { numRuns: 2, endOnFailure: true },
      );

      expect(await store.verify()).toMatchObject({ changed: [], miscounted: [] });
    });

    test('microseconds after 2038 come back as well, once the clocks are there', async () => {
      const store = openStore(database.url, { connection: drivers[name](database.url).connection });
      const { cursor } = await readEverything(store, null);
      vi.spyOn(Date, 'now').mockReturnValue(Date.UTC(2106, 1, 8));
      onTestFinished(() => void vi.restoreAllMocks());
      const [one] = fc.sample(event, { numRuns: 1, seed: 2038 }) as [EventInput];
      const times = ['2038-01-19T03:14:07.999999Z', '2038-01-19T03:14:08.000001Z', '2106-02-07T06:28:16.000001Z'];
      await store.publishBatch(
        times.map((timestamp, index) => ({
          ...one,
          timestamp,
          event_id: `0192f0c1-7a52-7c3e-9b1a-00000000203${index}`,
        })),
      );

      expect((await readEverything(store, cursor)).events.map((found) => found.timestamp)).toEqual(times);
    });

    test('a transaction that is rolled back leaves nothing', async () => {
      const driver = drivers[name](database.url);
      const store = openStore(database.url, { connection: driver.connection });
      const { cursor } = await readEverything(store, null);
      const [one] = fc.sample(event, 1) as [EventInput];
      const failed = driver.transact(async (transaction) => {
        await store.publish(one, { transaction });
        throw new Error('changed my mind');
      });

      await expect(failed).rejects.toThrow('changed my mind');
      expect(await store.drainInbox()).toEqual({ moved: 0, quarantined: 0, left: [] });
      expect((await readEverything(store, cursor)).events).toEqual([]);
    });
  });

  describe.each([
    "the caller's pg Pool",
    "the caller's postgres instance",
    'a postgres instance that fetches no types and prepares nothing',
  ] as const)('over %s', (name) => {
    const database = useDatabase('driver_calls', { version });

    test('every other call works as well: streams, subscriptions, types, partitions, logs', async () => {
      const store = openStore(database.url, { connection: drivers[name](database.url).connection });
      const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
      await store.registerEventType({ name: 'kiln.fired', description: 'Fired.', schema: { type: 'object' } });
      const receipt = await store.publish({ event_type: 'kiln.fired', device_uuid: device, data: { at: [900, 'é'] } });
      const again = {
        event_type: 'kiln.fired',
        device_uuid: device,
        data: { at: [900, 'é'] },
        event_id: receipt.event_id,
      };
      const seen: Event[] = [];
      const subscription = store.subscribe('all', (one) => void seen.push(one), {
        poll: 5,
        filter: { eventTypes: ['kiln.fired'] },
      });
      await expect.poll(() => seen.length).toBe(1);
      await subscription.stop();
      await store.keepHouse();

      expect(await store.publish(again)).toMatchObject({ status: 'duplicate' });
      expect(await store.raiseLogCount(3)).toBe(2);
      const { event_id: id, ...fresh } = again;
      expect(id).toBe(receipt.event_id);
      const later = await store.publishBatch(
        [0, 1, 2, 3, 4, 5].map((index) => ({ ...fresh, device_uuid: device.replace('11', `1${index}`) })),
      );
      expect(new Set(later.map((one) => ('log' in one ? one.log : -1))).size).toBeGreaterThan(1);
      // Seven of ours, and the registration.
      expect((await readEverything(store, null)).events).toHaveLength(7 + 1);
      expect((await store.readStream({ deviceUuid: device }, { limit: 1 })).nextCursor).not.toBeNull();
      expect((await store.readStream({ deviceUuid: device }, { limit: 1, backward: true })).events).toHaveLength(1);
      expect((await store.verifyEvent(receipt.event_id))[0]).toMatchObject({ valid: true });
      expect((await store.subscriptionLag())[0]).toMatchObject({ name: 'all' });
      expect((await store.diagnose()).logs).toHaveLength(3);
      expect(await store.importEvents('old', [{ ...again, timestamp: '1999-12-31T23:59:59.123456Z' }])).toMatchObject({
        imported: 1,
      });
      expect(await store.verify()).toMatchObject({ verified: 8 + 2, changed: [], miscounted: [] });
    });
  });
});

test.each(['camel', 'pascal', 'kebab'] as const)(
  'a postgres instance that renames columns (%s) is refused at once',
  (name) => {
    const sql = postgres('postgres://127.0.0.1:1/none', { transform: postgres[name] });

    expect(() => new EventStore({ connection: sql })).toThrow(
      expect.objectContaining({ code: 'InvalidArgument', message: expect.stringContaining('transform of column') }),
    );
  },
);

test.each([undefined, null, 42, {}, () => 1])('%s is no connection', (connection) => {
  expect(() => new EventStore({ connection: connection as never })).toThrow(
    expect.objectContaining({
      code: 'InvalidArgument',
      message: expect.stringContaining('expected a connection string'),
    }),
  );
});
