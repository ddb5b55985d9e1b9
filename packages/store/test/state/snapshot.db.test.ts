/** The state of a device at any time: by a stored snapshot and what comes behind it, the same as by folding everything. */
import { randomUUID } from 'node:crypto';
import type { EventInput } from '@telltale/catalogue';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { newestVersion, useDatabase } from '../../../../test/database.ts';
import type { Database, Query, Session, Value } from '../../src/database/database.ts';
import type { AnyEventStore } from '../../src/index.ts';
import { createSnapshot } from '../../src/state/snapshot.ts';
import { ask, openStore } from '../sql/session.ts';
import { type Access, eventOf, foldAll, openAccess, readAllOf, secondOf } from './history.ts';

/** A database that notes how many rows of events were read through it. */
function countRows(database: Database): { database: Database; rows: () => number } {
  let rows = 0;
  const counting = (session: Session): Session => ({
    query: async <Row extends object>(query: Query, values?: readonly Value[]) => {
      const found = await session.query<Row>(query, values);
      if (query.name === 'telltale_read_state_events') rows += found.length;
      return found;
    },
    script: (text) => session.script(text),
  });
  return {
    database: {
      ...counting(database),
      transaction: (work) => database.transaction((session) => work(counting(session))),
      connection: (work) => database.connection((session) => work(counting(session))),
      close: () => database.close(),
    },
    rows: () => rows,
  };
}

/** The events of these numbers, so many seconds apart. */
const eventsOf = (device: string, numbers: readonly number[], from: number, step: number): EventInput[] =>
  numbers.map((number, index) => eventOf(device, number, secondOf(from + index * step)));

async function publish(
  store: AnyEventStore,
  device: string,
  numbers: readonly number[],
  from: number,
  step = 1,
): Promise<void> {
  const events = eventsOf(device, numbers, from, step);
  for (let first = 0; first < events.length; first += 1000) await store.publishBatch(events.slice(first, first + 1000));
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe.each(newestVersion())('on PostgreSQL %i', (version) => {
  const database = useDatabase('snapshot', { version });
  let access: Access;

  beforeAll(async () => {
    access = openAccess(database.url);
    await ask(database.url, 'select telltale.raise_log_count(3)');
  });
  afterAll(() => access.database.close());
  const openStoreOf = (): AnyEventStore => openStore(database.url, { role: 'telltale_application' });
  const snapshot = (device: string, at: Date | string) => createSnapshot(access.database, access.registry, device, at);

  test('a device without events has an empty state', async () => {
    expect(await snapshot(randomUUID(), '2026-01-01T00:00:00Z')).toEqual({
      timestamp: '2026-01-01T00:00:00.000000Z',
      target_state: null,
      current_state: null,
      event_count: 0,
      state: {},
      ignored: [],
    });
  });

  test('of 5,000 events a first look leaves snapshots, and every later one reads at most 600', async () => {
    const store = openStoreOf();
    const device = randomUUID();
    await publish(store, device, upTo(5000), 0, 60);
    const events = await readAllOf(store, device);
    const first = countRows(access.database);
    await createSnapshot(first.database, access.registry, device, secondOf(5000 * 60));
    const read: number[] = [];

    for (let second = -30; second < 5000 * 60 + 30; second += 13_333) {
      const counted = countRows(access.database);
      const found = await createSnapshot(counted.database, access.registry, device, secondOf(second));
      const state = foldAll(events, secondOf(second));
      expect(found).toMatchObject({
        target_state: state['target_state'] ?? null,
        current_state: state['current_state'] ?? null,
        event_count: events.filter(({ timestamp }) => timestamp <= secondOf(second)).length,
      });
      expect(found.state).toEqual(state);
      read.push(counted.rows());
    }

    // Two of fourteen kinds change no state and are not read at all.
    expect(first.rows()).toBe(events.filter(({ event_type: type }) => !/api_call|pull_failed/.test(type)).length);
    expect(Math.max(...read)).toBeLessThanOrEqual(600);
  });

  test('many events of one time are never split', async () => {
    const store = openStoreOf();
    const device = randomUUID();
    for (const second of [0, 1, 2]) {
      await publish(store, device, upTo(1300), second, 0);
    }
    const events = await readAllOf(store, device);

    for (const second of [2, 1, 0, 1, 2]) {
      const found = await snapshot(device, secondOf(second));
      expect(found.state).toEqual(foldAll(events, secondOf(second)));
      expect(found.event_count).toBe(1300 * (second + 1));
    }
  });

  test('whatever is published or imported, late and out of order, a state is the fold of all', async () => {
    const store = openStoreOf();
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            // A late or early burst somewhere, and a look at some times.
            from: fc.integer({ min: 0, max: 5000 }),
            numbers: fc.array(fc.nat(200), { minLength: 1, maxLength: 40 }),
            step: fc.integer({ min: -2, max: 3 }),
            imported: fc.boolean(),
            looks: fc.array(fc.integer({ min: -10, max: 6000 }), { maxLength: 4 }),
          }),
          { minLength: 2, maxLength: 6 },
        ),
        async (bursts) => {
          const device = randomUUID();
          // Enough for snapshots, so that every burst comes late for some of them.
          await publish(store, device, upTo(1900), 0, 3);
          await snapshot(device, secondOf(7000));
          for (const { from, numbers, step, looks, imported } of bursts) {
            const burst = eventsOf(device, numbers, from, step);
            // Into a log of its own.
            if (imported) await store.importEvents(randomUUID(), burst);
            else await store.publishBatch(burst);
            const events = await readAllOf(store, device);
            for (const look of [...looks, 7000]) {
              const found = await snapshot(device, secondOf(look));
              expect(found.state).toEqual(foldAll(events, secondOf(look)));
              expect(found.event_count).toBe(events.filter(({ timestamp }) => timestamp <= secondOf(look)).length);
            }
          }
        },
      ),
      { numRuns: 4 },
    );
  });

  test('a look while writers publish into its past sees what was there at one moment, and the next one the rest', async () => {
    const store = openStoreOf();
    const device = randomUUID();
    await publish(store, device, upTo(2000), 0);
    const writers = [0, 1, 2, 3].map(async (writer) => {
      for (let round = 0; round < 40; round++) {
        const at = (round * 97 + writer * 31) % 2000;
        await store.publishBatch([eventOf(device, round * 7 + writer, secondOf(at)), eventOf(device, 6, secondOf(at))]);
      }
    });
    const state = { writing: true };
    const done = Promise.all(writers).finally(() => (state.writing = false));
    const counts: number[] = [];
    while (state.writing) counts.push((await snapshot(device, secondOf(3000))).event_count);
    await done;
    const events = await readAllOf(store, device);

    expect(counts).toEqual([...counts].sort((one, other) => one - other));
    // Pairs of one batch are both there or both not.
    expect(counts.filter((count) => count % 2 === 1)).toEqual([]);
    for (const second of [500, 1000, 1500, 1999, 3000]) {
      const found = await snapshot(device, secondOf(second));
      expect(found.state).toEqual(foldAll(events, secondOf(second)));
      expect(found.event_count).toBe(events.filter(({ timestamp }) => timestamp <= secondOf(second)).length);
    }
  });

  test('an import that fills in the past makes the snapshots behind it wrong, and they are not used', async () => {
    const store = openStoreOf();
    const device = randomUUID();
    await publish(store, device, upTo(1500), 0);
    await snapshot(device, secondOf(2000));
    const before = await ask(database.url, 'select 1 from telltale.device_snapshots where shard_key = $1', [device]);
    await store.importEvents('attic', [
      eventOf(device, 5, secondOf(10)),
      { event_type: 'device.maintenance_mode', device_uuid: device, data: { reason: 'oil' }, timestamp: secondOf(20) },
    ]);
    const found = await snapshot(device, secondOf(2000));

    expect(before.length).toBeGreaterThan(1);
    expect(found.state).toEqual(foldAll(await readAllOf(store, device), secondOf(2000)));
    expect(found.state['maintenance']).toMatchObject({ reason: 'oil' });
  });

  test('one tenant sees the state that its own events make', async () => {
    const store = openStoreOf();
    const device = randomUUID();
    const tagged = (tenant: string, load: number) =>
      store.publish({
        ...eventOf(device, 6, secondOf(load)),
        data: { state: { load } },
        metadata: { tenant: { id: tenant, name: tenant } },
      });
    await tagged('acme', 1);
    await tagged('umbrella', 2);
    const stateOf = async (tenant: string | null): Promise<unknown[]> => {
      const found = await createSnapshot(access.database, access.registry, device, secondOf(9), { tenant });
      return [found.current_state, found.event_count];
    };

    expect(await stateOf(null)).toEqual([{ load: 2 }, 2]);
    expect(await stateOf('acme')).toEqual([{ load: 1 }, 1]);
    expect(await stateOf('nobody')).toEqual([null, 0]);
  });

  test('a type that is registered with steps of its own changes the state, and older snapshots are not used', async () => {
    const store = openStoreOf();
    const device = randomUUID();
    await publish(store, device, upTo(1200), 0);
    await snapshot(device, secondOf(2000));
    const name = `pump.primed_v${version}`;
    const schema = { type: 'object', properties: { litres: { type: 'number' } } };
    await store.registerEventType({
      name,
      description: 'Primed.',
      schema,
      state: [{ op: 'set', path: '/pump/litres', from: '/litres' }],
    });
    await store.publish({ event_type: name, device_uuid: device, data: { litres: 4 }, timestamp: secondOf(2) });

    expect((await snapshot(device, secondOf(2000))).state['pump']).toEqual({ litres: 4 });
  });

  test('the application writes snapshots through the function alone', async () => {
    await expect(
      access.database.query({ text: `update telltale.device_snapshots set event_count = 0` }),
    ).rejects.toThrow('permission denied');
  });

  test('a read answers although it may store nothing', async () => {
    const store = openStoreOf();
    const device = randomUUID();
    await publish(store, device, upTo(700), 0);
    const reader = openAccess(`${database.url}?options=-c%20default_transaction_read_only%3Don`);
    onTestFinished(() => reader.database.close());

    expect((await createSnapshot(reader.database, reader.registry, device, secondOf(800))).event_count).toBe(700);
  });

  test.each(['no-uuid', 'x'.repeat(99)])('a device named %s is refused', async (device) => {
    await expect(snapshot(device, new Date())).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  test('a time that is none is refused', async () => {
    await expect(snapshot(randomUUID(), 'yesterday')).rejects.toMatchObject({ code: 'InvalidTimestamp' });
  });
});
