/** Retention: floors first, then a concurrent detach, then the drop; finished after any crash, and nothing else is dropped. */
import { Client } from 'pg';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createDatabase, testVersions, useDatabase } from '../../../../test/database.ts';
import { type Database, dropPartition, finishDrops, listPartitions, openDatabase } from '../../src/index.ts';
import { age, fill, openMaintenance } from './aged-log.ts';
import { sampleOf } from './sample.ts';
import { ask, connect, openStore } from './session.ts';

const namesOf = async (database: Database): Promise<string[]> =>
  (await listPartitions(database)).map(({ name }) => name);

/** A transaction that has read the partition and does not end. */
async function holdReader(url: string): Promise<Client> {
  const reader = await connect(url);
  await reader.query('begin isolation level repeatable read');
  await reader.query('select count(*) from telltale.events_debug');
  return reader;
}

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  test('the oldest partition of a tier goes, its floor says so, and every count is right', async () => {
    const { store, maintenance, days } = await age(version);
    const floors = await dropPartition(maintenance, days[0] ?? '');

    expect(floors).toEqual([expect.objectContaining({ log: 0, tier: 3, tier_position: 2, position: 5 })]);
    expect(await namesOf(maintenance)).not.toContain(days[0]);
    expect((await store.diagnose()).logs[0]).toMatchObject({
      head: 15,
      live: { critical: 3, important: 3, standard: 3, debug: 4 },
    });
    expect(await store.verify()).toMatchObject({ verified: 13, changed: [], miscounted: [] });
  });

  test('a reader that was behind gets a gap and goes on; one that was beyond gets none; one that begins misses nothing', async () => {
    const { store, maintenance, days } = await age(version);
    const behind = await store.readAll(null, {}, { limit: 1 });
    const beyond = await store.readAll(null, {}, { limit: 6 });
    await dropPartition(maintenance, days[0] ?? '');
    const positions = async (cursor: string | null): Promise<unknown> => {
      const page = await store.readAll(cursor);
      return { gaps: page.gaps, positions: page.events.map((event) => event.position) };
    };

    // Of the first five, 1 and 5 were of the debug tier.
    expect(await positions(behind.cursor)).toEqual({
      gaps: [{ log: 0, tier: 'debug', position: 5 }],
      positions: [2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    });
    expect(await positions(beyond.cursor)).toEqual({ gaps: [], positions: [7, 8, 9, 10, 11, 12, 13, 14, 15] });
    expect(await positions(null)).toEqual({ gaps: [], positions: [2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] });
  });

  test('a reader that stood at the head of an empty log gets a gap for what was dropped before it came back', async () => {
    const { url } = await createDatabase('empty_cursor', { version });
    const empty = openStore(url);
    const { cursor } = await empty.readAll();
    const { days } = await fill(url);
    const store = openStore(url, { clockBound: '100 years' });
    await dropPartition(openMaintenance(url), days[0] ?? '');

    expect((await store.readAll(cursor)).gaps).toEqual([{ log: 0, tier: 'debug', position: 5 }]);
    expect((await store.readAll()).gaps).toEqual([]);
  });

  test('a partition whose time is over in the zone of the session only is not over', async () => {
    const { url, days } = await age(version);
    // Noon by UTC of the second day: where India's abbreviation is read as Israel's, the day would end 3.5 hours early.
    const [, second] = days as [string, string];
    const day = second.slice(-10).replaceAll('_', '-');
    await ask(
      url,
      `create or replace function telltale.clock() returns timestamptz language sql volatile return '${day} 23:00:00Z'::timestamptz`,
    );
    const client = await connect(url);
    await client.query(`set timezone = 'Asia/Kolkata'; set datestyle = 'German'`);
    await client.query('select telltale.raise_floor($1)', [days[0]]);
    await client.query(`alter table telltale.events_debug detach partition telltale.${days[0]}`);

    await expect(client.query('select telltale.raise_floor($1)', [second])).rejects.toMatchObject({ code: 'TT041' });
  });

  test('an append that took its time before the partition ended and commits after is below the floor', async () => {
    const { url, store, maintenance, days } = await age(version);
    const client = await connect(url);
    // The append's own lock, held as if the insert took long.
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(1413829716, 0)');
    const dropping = dropPartition(maintenance, days[0] ?? '');
    await expect
      .poll(() => ask(url, `select count(*)::int as waiting from pg_locks where not granted`))
      .toEqual([{ waiting: 1 }]);
    await client.query('commit');
    await dropping;

    expect(await store.verify()).toMatchObject({ verified: 13, miscounted: [] });
  });

  describe('with a reader that holds on to the partition', () => {
    test('floors are raised before anything is detached, and no count is wrong while the drop waits', async () => {
      const { url, store, maintenance, days, device } = await age(version);
      const reader = await holdReader(url);
      const dropping = dropPartition(maintenance, days[0] ?? '');
      await expect
        .poll(() => ask(url, 'select count(*)::int as floors from telltale.log_floors'))
        .toEqual([{ floors: 1 }]);
      for (let look = 0; look < 5; look++) {
        expect(await store.verify()).toMatchObject({ miscounted: [], verified: 13 + look });
        await store.publish(sampleOf('debug', device));
      }
      // The reader's own snapshot still has what it began with.
      expect((await reader.query('select count(*)::int as events from telltale.events_debug')).rows).toEqual([
        { events: 6 },
      ]);
      await reader.query('commit');
      await dropping;

      expect(await namesOf(maintenance)).not.toContain(days[0]);
      expect(await store.verify()).toMatchObject({ verified: 18, miscounted: [] });
    });

    test('a drop that is killed while it waits is finished by the next run', async () => {
      const { url, store, maintenance, days, device } = await age(version);
      const reader = await holdReader(url);
      const killed = openDatabase(url, {
        role: 'telltale_maintenance',
        connections: 1,
        applicationName: 'to be killed',
      });
      const dropping = dropPartition(killed, days[0] ?? '').catch((error: unknown) => error);
      await expect
        .poll(() => ask(url, `select detaching from telltale.partitions where name = '${days[0]}'`))
        .toEqual([{ detaching: true }]);
      await ask(url, `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'to be killed'`);
      expect(await dropping).toBeInstanceOf(Error);
      await killed.close();
      expect((await store.diagnose()).findings).toContainEqual(
        expect.objectContaining({ level: 'warning', message: expect.stringContaining(`${days[0]} is half detached`) }),
      );
      await store.publish(sampleOf('debug', device));
      expect(await store.verify()).toMatchObject({ verified: 14, miscounted: [] });
      await reader.query('commit');

      expect(await finishDrops(maintenance)).toEqual([days[0]]);
      expect(await namesOf(maintenance)).not.toContain(days[0]);
      expect(await finishDrops(maintenance)).toEqual([]);
      expect(await store.verify()).toMatchObject({ verified: 14, miscounted: [] });
    });

    test('asked again after such a crash, dropPartition itself finishes', async () => {
      const { url, store, maintenance, days } = await age(version);
      const reader = await holdReader(url);
      const detaching = await connect(url, 'telltale_maintenance');
      await detaching.query('select telltale.raise_floor($1)', [days[0]]);
      const detach = detaching
        .query(`alter table telltale.events_debug detach partition telltale.${days[0]} concurrently`)
        .catch(() => 'killed');
      await expect
        .poll(() => ask(url, `select detaching from telltale.partitions where name = '${days[0]}'`))
        .toEqual([{ detaching: true }]);
      await ask(url, `select pg_cancel_backend(${(detaching as unknown as { processID: number }).processID})`);
      expect(await detach).toBe('killed');
      await reader.query('commit');
      await dropPartition(maintenance, days[0] ?? '');

      expect(await namesOf(maintenance)).not.toContain(days[0]);
      expect(await store.verify()).toMatchObject({ verified: 13, miscounted: [] });
    });
  });

  test('a crash between detach and drop leaves a table that the next run drops', async () => {
    const { url, store, maintenance, days } = await age(version);
    await ask(url, `select telltale.raise_floor($1)`, [days[0]]);
    await ask(url, `alter table telltale.events_debug detach partition telltale.${days[0]} concurrently`);

    expect(await finishDrops(maintenance)).toEqual([days[0]]);
    expect(await ask(url, `select to_regclass('telltale.${days[0]}') as left`)).toEqual([{ left: null }]);
    expect(await store.verify()).toMatchObject({ verified: 13, miscounted: [] });
  });

  test('what somebody detached by hand to keep, its floor not raised, is not dropped', async () => {
    const { url, maintenance, days } = await age(version);
    await ask(url, `alter table telltale.events_debug detach partition telltale.${days[0]}`);

    expect(await finishDrops(maintenance)).toEqual([]);
    expect(await ask(url, `select count(*)::int as events from telltale.${days[0]}`)).toEqual([{ events: 2 }]);
  });

  describe('what is not dropped', () => {
    const database = useDatabase('kept', { version });
    let days: string[];

    beforeAll(async () => {
      ({ days } = await fill(database.url));
    });

    test('it refuses what is not the oldest, what is not over, and what is no partition', async () => {
      const { url } = database;
      const store = openStore(url);
      const maintenance = openMaintenance(url);
      const refused = async (name: string): Promise<unknown> =>
        dropPartition(maintenance, name).then(
          () => 'dropped',
          (error: unknown) => [(error as { code: string }).code, (error as Error).message],
        );

      expect(await refused(days[1] ?? '')).toEqual([
        'PartitionNotDroppable',
        `expected the oldest partition of its tier (found: ${days[1]}, older is ${days[0]})`,
      ]);
      const [critical] = (await namesOf(maintenance)).filter((name) => name.startsWith('events_critical'));
      expect(await refused(critical ?? '')).toEqual([
        'PartitionNotDroppable',
        expect.stringMatching(/expected a partition whose time is over \(found: .* ends .*\)/),
      ]);
      for (const name of [
        'events_debug_1999_01_01',
        'events_debug',
        'logs',
        '',
        'events_debug_2026_01_01; drop table telltale.logs',
        'events_debug_2026_01_01"',
        "events_debug_2026_01_01'",
        'EVENTS_DEBUG_2026_01_01',
        'public.events_debug_2026_01_01',
        'events_debug_2026_01_01\n',
      ]) {
        expect(await refused(name)).toEqual(['PartitionNotDroppable', expect.any(String)]);
      }
      expect(await ask(url, 'select count(*)::int as floors from telltale.log_floors')).toEqual([{ floors: 0 }]);
      expect(await store.verify()).toMatchObject({ verified: 15, miscounted: [] });
    });

    test('the application may not drop, nor raise a floor', async () => {
      const { url } = database;
      const application = openDatabase(url, { role: 'telltale_application', connections: 1 });
      onTestFinished(() => application.close());

      await expect(dropPartition(application, days[0] ?? '')).rejects.toThrow('permission denied');
    });

    test("a table of the user's own that is only named alike is not touched", async () => {
      const { url } = database;
      await ask(url, 'create table telltale.events_debug_backup (id int)');
      await ask(url, 'create table public.events_debug_2020_01_01 (id int)');

      expect(await finishDrops(openMaintenance(url))).toEqual([]);
    });
  });
});
