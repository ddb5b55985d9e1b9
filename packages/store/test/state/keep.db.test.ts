/** Retention drops events and keeps the states that they made; what comes too late for that is listed and never folded. */
import { randomUUID } from 'node:crypto';
import { type Event, resolve } from '@telltale/catalogue';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDatabase, newestVersion } from '../../../../test/database.ts';
import { type AnyEventStore, type Database, dropPartition, listPartitions, openDatabase } from '../../src/index.ts';
import { compareStates } from '../../src/state/compare.ts';
import { keepSnapshots } from '../../src/state/keep.ts';
import { createSnapshot, type DeviceSnapshot } from '../../src/state/snapshot.ts';
import { ask, openStore } from '../sql/session.ts';
import { type Access, eventOf, foldAll, openAccess, readAllOf } from './history.ts';

const day = 86_400_000;
/** A Monday four weeks ago, where a partition of a week begins; 1970-01-05 was a Monday. */
const start = Math.floor((Date.now() / day - 4) / 7) * 7 * day + (4 - 28) * day;
const timeOf = (days: number): string => `${new Date(start + days * day).toISOString().slice(0, -1)}000Z`;

interface Kept {
  readonly url: string;
  readonly store: AnyEventStore;
  readonly access: Access;
  readonly maintenance: Database;
  readonly setTime: (days: number) => Promise<unknown>;
}

async function open(version: number): Promise<Kept> {
  const { url } = await createDatabase('keep', { version });
  const setTime = (days: number): Promise<unknown> =>
    ask(
      url,
      `create or replace function telltale.clock() returns timestamptz language sql volatile
       return '${timeOf(days)}'::timestamptz + (clock_timestamp() - now())`,
    );
  const access = openAccess(url);
  const maintenance = openDatabase(url, { role: 'telltale_maintenance', connections: 1 });
  onTestFinished(async () => {
    await access.database.close();
    await maintenance.close();
  });
  return { url, store: openStore(url, { clockBound: '100 years' }), access, maintenance, setTime };
}

/** Some forty events a day of all kinds, recorded on the day on which they happen. */
async function fill(kept: Kept, device: string, days: readonly number[], metadata = {}): Promise<void> {
  for (const today of days) {
    await kept.setTime(today + 0.9);
    const events = Array.from({ length: 42 }, (_, n) => eventOf(device, n + today * 5, timeOf(today + n / 100)));
    await kept.store.publishBatch(events.map((event) => ({ ...event, metadata })));
  }
}

const snapshot = (kept: Kept, device: string, days: number, tenant: string | null = null): Promise<DeviceSnapshot> =>
  createSnapshot(kept.access.database, kept.access.registry, device, timeOf(days), { tenant });

/** Drops the oldest partition of a tier that holds something. */
async function dropOldest(kept: Kept, tier: string): Promise<{ tier: string; from: string; to: string; name: string }> {
  const [oldest] = (await listPartitions(kept.maintenance))
    .filter((partition) => partition.tier === tier)
    .sort((one, other) => (one.from < other.from ? -1 : 1));
  if (oldest === undefined) throw new Error(`expected a partition of ${tier}`);
  await dropPartition(kept.maintenance, oldest.name);
  return oldest;
}

const basesOf = (kept: Kept, device: string) =>
  ask<{ timestamp: Date; tenant: string | null }>(
    kept.url,
    `select "timestamp", tenant from telltale.device_snapshots where base and shard_key = $1 order by 1, 2 nulls first`,
    [device],
  );

const countUpTo = (events: readonly Event[], days: number): number =>
  events.filter(({ timestamp }) => timestamp <= timeOf(days)).length;

describe.each(newestVersion())('on PostgreSQL %i', (version) => {
  test('after each drop every state behind it and every count is as before', async () => {
    const kept = await open(version);
    const device = randomUUID();
    await fill(kept, device, [0, 1, 2, 3]);
    const events = await readAllOf(kept.store, device);
    // Snapshots from before the drop are not to hide what it does.
    for (const dropped of [0, 1, 2]) {
      await dropOldest(kept, 'debug');
      const looks = [dropped + 0.42, dropped + 0.9, dropped + 1.2, 3.1, 3.3, 9].filter((look) => look > dropped);
      for (const look of looks) {
        const found = await snapshot(kept, device, look);
        expect(found.state).toEqual(foldAll(events, timeOf(look)));
        expect(found.event_count).toBe(countUpTo(events, look));
        expect(found.ignored).toEqual([]);
      }
    }

    expect(await basesOf(kept, device)).toHaveLength(3);
    expect((await readAllOf(kept.store, device)).length).toBeLessThan(events.length);
  });

  test('an event that is dated before a base and comes after it is listed, then and after further drops, and not folded', async () => {
    const kept = await open(version);
    const device = randomUUID();
    await fill(kept, device, [0, 1, 2]);
    const events = await readAllOf(kept.store, device);
    await dropOldest(kept, 'debug');
    const late = { event_type: 'device.maintenance_mode', data: {}, device_uuid: device };
    const [early, newer] = [randomUUID(), randomUUID()];
    await kept.store.publish({ ...late, event_id: early, timestamp: timeOf(0.001) });
    const first = await snapshot(kept, device, 2.9);
    // Dated behind the base: folded as any late event is.
    await kept.store.publish({ ...late, event_id: newer, timestamp: timeOf(1.5) });
    const second = await snapshot(kept, device, 2.9);
    await dropOldest(kept, 'debug');
    const third = await snapshot(kept, device, 2.9);

    expect(first).toMatchObject({ ignored: [early], event_count: events.length });
    expect(first.state).toEqual(foldAll(events, timeOf(2.9)));
    expect(second).toMatchObject({ ignored: [early], event_count: events.length + 1 });
    expect(second.state['maintenance']).toMatchObject({ since: timeOf(1.5) });
    expect(third).toEqual(second);
  });

  test('a state of one tenant is kept as well', async () => {
    const kept = await open(version);
    const device = randomUUID();
    const acme = { tenant: { id: 'acme', name: 'Acme' } };
    await fill(kept, device, [0, 1]);
    await fill(kept, device, [2], acme);
    await fill(kept, device, [3]);
    const ofAcme = (await readAllOf(kept.store, device)).filter(({ tenant }) => tenant === 'acme');
    for (let drops = 0; drops < 3; drops++) await dropOldest(kept, 'debug');

    expect(await basesOf(kept, device)).toHaveLength(4);
    expect(await snapshot(kept, device, 5, 'acme')).toMatchObject({
      state: foldAll(ofAcme, timeOf(5)),
      event_count: ofAcme.length,
    });
  });

  test('keeping twice, as after a crash, keeps the same', async () => {
    const kept = await open(version);
    const device = randomUUID();
    await fill(kept, device, [0, 1]);
    const [from, to] = [timeOf(0), timeOf(1)];
    const doomed = { tier: 'debug' as const, from, to };

    expect(await keepSnapshots(kept.maintenance, kept.access.registry, doomed)).toBe(1);
    expect(await keepSnapshots(kept.maintenance, kept.access.registry, doomed)).toBe(1);
    expect(await basesOf(kept, device)).toHaveLength(1);
  });

  test('with a partition of a longer tier the bases before its last event become one, and the states behind it stay', async () => {
    const kept = await open(version);
    const device = randomUUID();
    await fill(kept, device, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    const events = await readAllOf(kept.store, device);
    for (let drops = 0; drops < 14; drops++) await dropOldest(kept, 'debug');
    const before = await basesOf(kept, device);
    const { to } = await dropOldest(kept, 'standard');
    const after = await basesOf(kept, device);
    const within = (bases: readonly { timestamp: Date }[]): number =>
      bases.filter(({ timestamp }) => timestamp < new Date(to)).length;

    expect(before).toHaveLength(14);
    expect(within(before)).toBe(7);
    expect(within(after)).toBe(1);
    expect(after.length - within(after)).toBe(before.length - within(before));
    for (const look of [14.5, 15.9]) {
      const found = await snapshot(kept, device, look);
      expect(found.state).toEqual(foldAll(events, timeOf(look)));
      expect(found.event_count).toBe(countUpTo(events, look));
    }
  });

  test('a comparison over a base gives the end state, and names kept events alone', async () => {
    const kept = await open(version);
    const device = randomUUID();
    await fill(kept, device, [0, 1, 2]);
    await dropOldest(kept, 'debug');
    await dropOldest(kept, 'debug');
    const left = new Set((await readAllOf(kept.store, device)).map((event) => event.event_id));
    const { changes, time2_snapshot: end } = await compareStates(
      kept.access.database,
      kept.access.registry,
      device,
      timeOf(0.2),
      timeOf(2.9),
    );
    expect(changes.length).toBeGreaterThan(5);
    for (const change of changes) expect(change.new_value).toEqual(resolve(end.state, change.field));
    expect(changes.flatMap((change) => change.events_involved).filter((id) => !left.has(id))).toEqual([]);
  });
});
