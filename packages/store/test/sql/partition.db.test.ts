/** Partitions: where they begin and end, that they are there in time, and that they stay few. */
import { randomUUID } from 'node:crypto';
import type { Tier } from '@telltale/catalogue';
import fc from 'fast-check';
import { Client, Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { createDatabase, testVersions, useDatabase } from '../../../../test/database.ts';
import { listPartitions, openDatabase, type Partition } from '../../src/index.ts';
import { sampleOf, sampleOfEachTier, sampleTiers } from './sample.ts';
import { ask, connect, openStore } from './session.ts';

/** Partitions as a session with these settings sees them. */
async function partitionsOf(url: string, options = ''): Promise<Partition[]> {
  const pool = new Pool({ connectionString: url, max: 1, options });
  try {
    return await listPartitions(openDatabase(pool));
  } finally {
    await pool.end();
  }
}

const setClock = (url: string, expression: string): Promise<unknown> =>
  ask(
    url,
    `create or replace function telltale.clock() returns timestamptz language sql volatile return ${expression}`,
  );

/** Makes the partitions of a tier between two times in an empty tier, and undoes it. */
async function madeFor(
  client: Client,
  tier: Tier,
  from: string,
  to: string,
  unit: string | null = null,
): Promise<{ name: string; from: string; to: string }[]> {
  await client.query('begin');
  await client.query(`do $$ declare part regclass; begin
    for part in select inhrelid from pg_inherits where inhparent = 'telltale.events_${tier}'::regclass loop
      execute format('drop table %s', part);
    end loop; end $$`);
  await client.query('select telltale.make_partitions($1, $2, $3, $4)', [tier, from, to, unit]);
  const { rows } = await client.query(
    `select name, to_char(from_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as from, to_char(to_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as to
     from telltale.partitions where tier = $1 order by from_time`,
    [tier],
  );
  await client.query('rollback');
  return rows;
}

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('partition', { version });

  test.each<[Tier, string, string, [string, string][]]>([
    [
      'critical',
      '2026-12-31T23:59:59.999999Z',
      '2027-01-01T00:00:00Z',
      [
        ['2026-01-01', '2027-01-01'],
        ['2027-01-01', '2028-01-01'],
      ],
    ],
    [
      'important',
      '2026-12-31T23:59:59Z',
      '2027-01-01T00:00:00Z',
      [
        ['2026-10-01', '2027-01-01'],
        ['2027-01-01', '2027-04-01'],
      ],
    ],
    [
      'important',
      '2026-03-31T23:59:59Z',
      '2026-04-01T00:00:00Z',
      [
        ['2026-01-01', '2026-04-01'],
        ['2026-04-01', '2026-07-01'],
      ],
    ],
    [
      'standard',
      '2026-12-31T12:00:00Z',
      '2027-01-04T00:00:00Z',
      [
        ['2026-12-28', '2027-01-04'],
        ['2027-01-04', '2027-01-11'],
      ],
    ],
    [
      'standard',
      '2024-02-28T12:00:00Z',
      '2024-03-04T00:00:00Z',
      [
        ['2024-02-26', '2024-03-04'],
        ['2024-03-04', '2024-03-11'],
      ],
    ],
    [
      'debug',
      '2024-02-29T23:59:59Z',
      '2024-03-01T00:00:00Z',
      [
        ['2024-02-29', '2024-03-01'],
        ['2024-03-01', '2024-03-02'],
      ],
    ],
    [
      'debug',
      '2026-12-31T23:59:59Z',
      '2027-01-01T00:00:00Z',
      [
        ['2026-12-31', '2027-01-01'],
        ['2027-01-01', '2027-01-02'],
      ],
    ],
    // The clocks of Europe and America change on these days; those of UTC never do.
    ['debug', '2026-03-29T00:00:00Z', '2026-03-29T23:59:59Z', [['2026-03-29', '2026-03-30']]],
    ['debug', '2026-11-01T00:00:00Z', '2026-11-01T23:59:59Z', [['2026-11-01', '2026-11-02']]],
  ])('%s from %s to %s', async (tier, from, to, expected) => {
    for (const zone of ['Europe/Berlin', 'Pacific/Kiritimati']) {
      const client = await connect(database.url);
      await client.query(`set timezone = '${zone}'`);

      expect(await madeFor(client, tier, from, to)).toEqual(
        expected.map(([start, end]) => ({
          name: `events_${tier}_${start.replaceAll('-', '_')}`,
          from: `${start}T00:00:00Z`,
          to: `${end}T00:00:00Z`,
        })),
      );
    }
  });

  test('any stretch of time is covered without a gap or an overlap, and no further than the units of its ends', async () => {
    const client = await connect(database.url);
    const days = { critical: 366, important: 92, standard: 7, debug: 1 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...sampleTiers),
        fc.integer({ min: 946_684_800, max: 4_102_444_800 }),
        fc.integer({ min: 0, max: 6 }),
        async (tier, second, widths) => {
          const [from, to] = [second, second + widths * days[tier] * 86_400].map((at) =>
            new Date(at * 1000).toISOString(),
          ) as [string, string];
          const made = await madeFor(client, tier, from, to);

          expect(made.slice(1).map((one) => one.from)).toEqual(made.slice(0, -1).map((one) => one.to));
          expect(Date.parse(made[0]?.from ?? '')).toBeLessThanOrEqual(Date.parse(from));
          expect(Date.parse(made.at(-1)?.to ?? '')).toBeGreaterThan(Date.parse(to));
          expect(Date.parse(made[0]?.from ?? '')).toBeGreaterThan(Date.parse(from) - days[tier] * 86_400_000);
          expect(Date.parse(made.at(-1)?.from ?? '')).toBeLessThanOrEqual(Date.parse(to));
        },
      ),
      { numRuns: 8 },
    );
  });

  test("bounds are read right whatever the session's zone is", async () => {
    const plain = await partitionsOf(database.url);

    expect(plain.length).toBeGreaterThanOrEqual(8);
    for (const options of ['-c timezone=Asia/Kolkata', '-c timezone=America/St_Johns']) {
      expect(await partitionsOf(database.url, options)).toEqual(plain);
    }
  });

  test('there is one for now and one ahead in every tier after a migration, and a long sleep later', async () => {
    const { url } = await createDatabase('ahead', { version });
    const store = openStore(url, { clockBound: '100 years' });
    const checkAhead = async (): Promise<string[]> =>
      (await store.diagnose()).findings
        .filter((finding) => finding.subject.startsWith('partitions of'))
        .map((finding) => finding.level);
    expect(await checkAhead()).toEqual(['ok', 'ok', 'ok', 'ok']);
    await setClock(url, `clock_timestamp() + interval '400 days'`);
    expect(await checkAhead()).toContain('warning');
    await store.keepHouse();

    expect(await checkAhead()).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  test('an append whose partition is missing, whatever happened to it, makes it and succeeds', async () => {
    const { url } = await createDatabase('missing', { version });
    const store = openStore(url, { role: 'telltale_application', clockBound: '100 years' });
    const device = randomUUID();
    for (const partition of await partitionsOf(url)) await ask(url, `drop table telltale.${partition.name}`);
    const receipts = await Promise.all(sampleOfEachTier(device).map((event) => store.publish(event)));
    await setClock(url, `clock_timestamp() + interval '3 years'`);
    const later = await store.publishBatch(sampleOfEachTier(device));

    expect([...receipts, ...later].map((receipt) => receipt.status)).toEqual(Array.from({ length: 8 }, () => 'stored'));
    expect((await store.readAll()).events).toHaveLength(8);
    expect(await store.verify()).toMatchObject({ verified: 8, changed: [], miscounted: [] });
  });

  test('several processes that make the same partitions at once make them once', async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, () =>
        ask<{ names: string[] }>(
          database.url,
          `select telltale.make_partitions('debug', '2045-01-01', '2045-01-05') as names`,
        ),
      ),
    );

    expect(
      made
        .flat()
        .flatMap((row) => row.names)
        .sort(),
    ).toEqual([1, 2, 3, 4, 5].map((day) => `events_debug_2045_01_0${day}`));
  });

  test('with everything kept as long as it must be, there are about forty', async () => {
    const { url } = await createDatabase('forty', { version });
    const kept = { critical: 2555, important: 365, standard: 90, debug: 7 };
    for (const tier of sampleTiers) {
      await ask(
        url,
        `select telltale.make_partitions($1, clock_timestamp() - $2 * interval '1 day', clock_timestamp())`,
        [tier, kept[tier]],
      );
    }
    await ask(url, 'select telltale.make_partitions_ahead()');

    expect((await partitionsOf(url)).length).toBeLessThanOrEqual(45);
  });

  test.each([
    [`'debug; drop table telltale.logs', '2026-01-01', '2026-01-02', null`, 'TT011'],
    [`null, '2026-01-01', '2026-01-02', null`, 'TT011'],
    [`'debug', '1900-01-01', '2026-01-02', null`, 'TT011'],
    [`'debug', null, '2026-01-02', null`, 'TT011'],
    [`'debug', '-infinity', '2026-01-02', null`, 'TT011'],
    [`'debug', '2026-01-01', '2026-01-02', 'second'`, 'TT011'],
    [`'debug', '2026-01-01', '2026-01-02', 'day; drop table telltale.logs'`, 'TT011'],
    [`'debug', '2026-01-01', '2027-02-06', null`, 'TT011'],
  ])('no partitions are made for %s', async (list, code) => {
    const client = await connect(database.url, 'telltale_application');

    await expect(client.query(`select telltale.make_partitions(${list})`)).rejects.toMatchObject({ code });
  });

  describe('imported history', () => {
    test('goes into partitions of a year, each named by its first day', async () => {
      const { url } = await createDatabase('history', { version });
      const store = openStore(url);
      const events = [2009, 2010, 2010, 2012].flatMap((year) =>
        sampleOfEachTier(randomUUID(), { timestamp: `${year}-06-15T12:00:00.123456Z` }),
      );
      const before = new Set((await partitionsOf(url)).map(({ name }) => name));
      await store.importEvents('history', events);
      const made = (await partitionsOf(url)).filter(({ name }) => !before.has(name));

      expect(made.map(({ name, from, to }) => `${name} ${from.slice(0, 10)} ${to.slice(0, 10)}`).sort()).toEqual(
        sampleTiers
          .flatMap((tier) =>
            [2009, 2010, 2012].map((year) => `events_${tier}_${year}_01_01 ${year}-01-01 ${year + 1}-01-01`),
          )
          .sort(),
      );
      expect(await store.verify()).toMatchObject({ changed: [], miscounted: [] });
    });

    test('of this year leaves the present and the future to partitions of the usual width', async () => {
      const { url } = await createDatabase('recent_history', { version });
      await setClock(
        url,
        `clock_timestamp() - extract(doy from clock_timestamp()) * interval '1 day' + interval '200 days'`,
      );
      await ask(url, 'select telltale.make_partitions_ahead()');
      const year = new Date().getUTCFullYear();
      const store = openStore(url, { clockBound: '100 years' });
      await store.importEvents('recent', [sampleOf('debug', randomUUID(), { timestamp: `${year}-01-20T00:00:00Z` })]);
      await ask(url, 'select telltale.make_partitions_ahead(5)');
      const wide = (await partitionsOf(url)).filter(
        ({ tier, from, to }) => tier === 'debug' && Date.parse(to) - Date.parse(from) > 86_400_000,
      );

      expect(wide.map(({ from }) => from.slice(0, 10))).toEqual([`${year}-01-01`]);
      expect(Date.parse(wide[0]?.to ?? '')).toBeLessThanOrEqual(Date.UTC(year, 0, 201));
    });
  });
});
