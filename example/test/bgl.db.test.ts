/** The example bgl against the file it imports, which is counted here once more. */
import { type AnyEventStore, EventStore, listPartitions, openDatabase } from '@telltale/store';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, useDatabase } from '../../test/database.ts';
import { importLines } from '../bgl/import.ts';
import { listNoisyNodes, tellNode } from '../bgl/report.ts';
import { dataFolder } from '../data.ts';
import { countBy, readCsv } from './csv.ts';
import { isExcused } from './presence.ts';
import { killScript } from './process.ts';

const folder = dataFolder('bgl');

/** Columns: 0 LineId, 1 Label, 2 Timestamp, 4 Node, 5 Time, 8 Component, 9 Level, 10 Content. */
const readFile = (): string[][] => readCsv('bgl', 'BGL_2k.log_structured.csv');

const typeOf = ([, label, , , , , , , component = '']: readonly string[]): string =>
  `${component.toLowerCase()}.${label === '-' ? 'message_logged' : 'alert_raised'}`;

const fingerprint = `select count(*)::int as events, md5(string_agg(position || ' ' || event_id || ' ' || checksum, ',' order by position)) as digest from telltale.events where log > 0`;

describe.skipIf(isExcused('bgl'))('bgl', () => {
  const database = useDatabase('bgl');
  let pool: Pool;
  let store: AnyEventStore;

  const countInStore = async (key: string): Promise<Record<string, number>> => {
    const { rows } = await pool.query<{ key: string; events: number }>(
      `select ${key} as key, count(*)::int as events from telltale.events where log > 0 group by 1`,
    );
    return Object.fromEntries(rows.map((row) => [row.key, row.events]));
  };

  beforeAll(async () => {
    pool = new Pool({ connectionString: database.url, max: 4 });
    store = new EventStore({ connection: pool });
    await importLines(store, folder);
  });

  afterAll(async () => {
    await store.close();
    await pool.end();
  });

  test('every line becomes one event of the type of its component, and alerts have types of their own', async () => {
    const found = await countInStore('event_type');

    expect(found).toEqual(countBy(readFile(), typeOf));
    expect(Object.values(found).reduce((sum, events) => sum + events, 0)).toBe(2000);
  });

  test('every type of the lines is registered, and none besides', async () => {
    const own = (await store.eventTypes()).filter((name) => /\.(message_logged|alert_raised)$/.test(name));

    expect(own.sort()).toEqual([...new Set(readFile().map(typeOf))].sort());
  });

  test('a level keeps its name and falls on a severity', async () => {
    const severities: Record<string, string> = {
      INFO: 'info',
      WARNING: 'warning',
      SEVERE: 'error',
      ERROR: 'error',
      FATAL: 'critical',
    };

    expect(await countInStore(`(data ->> 'level') || ' ' || severity`)).toEqual(
      countBy(readFile(), ({ 9: level = '' }) => `${level} ${severities[level]}`),
    );
  });

  test('an alert keeps its name, and no other line has one', async () => {
    const labelled = readFile().filter(([, label]) => label !== '-');
    const found = await countInStore(
      `case when event_type like '%.alert_raised' then data ->> 'alert' else data ->> 'alert' || '!' end`,
    );

    expect(found).toEqual({ ...countBy(labelled, ([, label = '']) => label), null: 2000 - labelled.length });
  });

  test('every node is one device, and the lines that name none are on the machine', async () => {
    const nodes = countBy(readFile(), ({ 4: node = '' }) => (/^R\d/.test(node) ? node : 'none'));

    const { rows } = await pool.query<{ node: string; devices: number; events: number }>(
      `select coalesce(data ->> 'node', 'none') as node, count(distinct device_uuid)::int as devices, count(*)::int as events from telltale.events where log > 0 group by 1`,
    );
    const [{ devices }] = (
      await pool.query('select count(distinct device_uuid)::int as devices from telltale.events where log > 0')
    ).rows;

    expect(Object.fromEntries(rows.map((row) => [row.node, row.events]))).toEqual(nodes);
    expect(rows.filter((row) => row.devices !== 1)).toEqual([]);
    expect(devices).toBe(Object.keys(nodes).length);
  });

  test('every timestamp is the second of its line in UTC, with the six digits of its local time', async () => {
    const expected = readFile().map(
      ({ 0: line, 2: second, 5: local = '' }) => `${line} ${second}.${local.split('.')[3]}`,
    );

    const { rows } = await pool.query<{ key: string }>(
      `select (data ->> 'line') || ' ' || extract(epoch from timestamp) as key from telltale.events where log > 0`,
    );

    expect(rows.map((row) => row.key).sort()).toEqual(expected.sort());
  });

  test('history fills its log from 1 to the last without a hole, in order of time', async () => {
    const { rows } = await pool.query(`
      select min(position)::int as first, max(position)::int as last, count(distinct position)::int as positions,
        bool_and(timestamp >= before) as rising
      from (select *, coalesce(lag(timestamp) over (order by position), timestamp) as before from telltale.events where log > 0) e`);

    expect(rows).toEqual([{ first: 1, last: 2000, positions: 2000, rising: true }]);
  });

  test('history gets a partition for each of its years', async () => {
    const old = (await listPartitions(openDatabase(pool))).filter((partition) => partition.from < '2010');

    expect(old.map(({ tier, from, to }) => `${tier} ${from.slice(0, 4)} ${to.slice(0, 4)}`).sort()).toEqual([
      'important 2005 2006',
      'standard 2005 2006',
      'standard 2006 2007',
    ]);
  });

  test('every checksum and count of imported history verifies', async () => {
    // Seven registrations and the import itself are events, in log 0.
    expect(await store.verify()).toEqual({ verified: 2000 + 7 + 1, changed: [], miscounted: [] });
  });

  test('a second import adds nothing', async () => {
    const before = (await pool.query(fingerprint)).rows;

    expect(await importLines(store, folder)).toMatchObject({ skipped: 2000, imported: 0 });
    expect((await pool.query(fingerprint)).rows).toEqual(before);
  });

  test('an import that was killed half-way goes on, and ends with the very same log', async () => {
    const other = await createDatabase('bgl killed');
    const otherPool = new Pool({ connectionString: other.url, max: 4 });
    const otherStore: AnyEventStore = new EventStore({ connection: otherPool });

    await killScript('bgl/main.ts', { url: other.url, pool: otherPool, args: ['--batch', '20'], at: /imported \d/ });
    const { skipped, imported } = await importLines(otherStore, folder);

    expect(skipped).toBeGreaterThan(0);
    expect(skipped).toBeLessThan(2000);
    expect(skipped + imported).toBe(2000);
    expect((await otherPool.query(fingerprint)).rows).toEqual((await pool.query(fingerprint)).rows);
    await otherStore.close();
    await otherPool.end();
  });

  test('the noisiest node is the one with the most lines, and its story counts them all', async () => {
    const lines = countBy(readFile(), ({ 4: node = '' }) => node);

    const [noisiest] = await listNoisyNodes(pool, 1);
    const story = await tellNode(store, noisiest?.name ?? '', false);

    expect(noisiest).toEqual({ name: 'R30-M0-N9-C:J16-U01', events: Math.max(...Object.values(lines)) });
    expect(story.at(-1)).toBe(
      '2005-06-12 00:32:07  ✖ FATAL data TLB error interrupt (alert KERNDTLB)  (60 times until 06:26:23, every 6 min on average)',
    );
  });

  test('a node that the log does not name is refused in a sentence', async () => {
    await expect(tellNode(store, 'R99', false)).rejects.toThrow('--node: expected a node of the log, such as');
  });
});
