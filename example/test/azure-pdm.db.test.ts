/** The example azure-pdm against the files it imports, which are counted and linked here once more, by brute force. */
import { type AnyEventStore, EventStore, listPartitions, openDatabase } from '@telltale/store';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, useDatabase } from '../../test/database.ts';
import { deviceOf } from '../azure-pdm/event.ts';
import { importMachines } from '../azure-pdm/import.ts';
import { tellMachine } from '../azure-pdm/report.ts';
import { dataFolder } from '../data.ts';
import { countBy, readCsv } from './csv.ts';
import { isExcused } from './presence.ts';
import { killScript } from './process.ts';

const folder = dataFolder('azure-pdm');

/** Which component an error speaks of. */
const speaksOf = ['error1 comp1', 'error2 comp2', 'error3 comp2', 'error4 comp3', 'error5 comp4'];

interface Row {
  readonly hour: number;
  readonly machine: string;
  readonly subject: string;
}

/** Files as hours since 1970, machine, and error or component. */
function readHours(file: string): Row[] {
  return readCsv('azure-pdm', file).map(([time = '', machine = '', subject = '']) => ({
    hour: Date.parse(`${time.replace(' ', 'T')}Z`) / 3_600_000,
    machine,
    subject,
  }));
}

/** All events of the import's log, the only one beside log 0, each as its position, id and checksum: two logs that agree in this agree in everything. */
const fingerprint = `select count(*)::int as events, md5(string_agg(position || ' ' || event_id || ' ' || checksum, ',' order by position)) as digest from telltale.events where log > 0`;

describe.skipIf(isExcused('azure-pdm'))('azure-pdm', () => {
  const database = useDatabase('azure pdm');
  let pool: Pool;
  let store: AnyEventStore;

  beforeAll(async () => {
    pool = new Pool({ connectionString: database.url, max: 4 });
    store = new EventStore({ connection: pool });
    await importMachines(store, folder);
  });

  afterAll(async () => {
    await store.close();
    await pool.end();
  });

  test('every record of the files becomes one event of its type and severity', async () => {
    const failures = readHours('PdM_failures.csv');
    const replacements = readHours('PdM_maint.csv');
    const repairs = replacements.filter((replacement) => failures.some((failure) => repairs24(failure, replacement)));

    const { rows } = await pool.query<{ type: string; events: number }>(
      `select event_type || ' ' || severity as type, count(*)::int as events from telltale.events where log > 0 group by 1`,
    );

    expect(Object.fromEntries(rows.map((row) => [row.type, row.events]))).toEqual({
      'device.provisioned info': readCsv('azure-pdm', 'PdM_machines.csv').length,
      'device.alert_triggered warning': readCsv('azure-pdm', 'PdM_errors.csv').length,
      'device.health_degraded critical': failures.length,
      'device.health_recovered info': repairs.length,
      'device.maintenance_mode info': replacements.length - repairs.length,
    });
    // The README of the data says so, in case both counts go wrong together.
    expect(rows.reduce((sum, row) => sum + row.events, 0)).toBe(8066);
  });

  test('each error, failure and component is on its machine at its hour', async () => {
    const expected = [
      ...readHours('PdM_errors.csv'),
      ...readHours('PdM_failures.csv'),
      ...readHours('PdM_maint.csv'),
    ].map(({ hour, machine, subject }) => `${deviceOf(machine)} ${hour} ${subject}`);

    const { rows } = await pool.query<{ key: string }>(`
      select format('%s %s %s', device_uuid, (extract(epoch from timestamp) / 3600)::int,
        coalesce(data ->> 'alert_id', data ->> 'component', data -> 'components' ->> 0)) as key
      from telltale.events where log > 0 and event_type <> 'device.provisioned'`);

    expect(rows.map((row) => row.key).sort()).toEqual(expected.sort());
  });

  test('the records of an incident share a correlation id that no other record has', async () => {
    const expected = findIncidents();

    const { rows } = await pool.query<{ incident: string; member: string }>(`
      select correlation_id as incident, format('%s %s %s %s', event_type, device_uuid,
        (extract(epoch from timestamp) / 3600)::int, coalesce(data ->> 'alert_id', data ->> 'component')) as member
      from telltale.events where log > 0 and correlation_id is not null`);
    const found = new Map<string, string[]>();
    for (const { incident, member } of rows) found.set(incident, [...(found.get(incident) ?? []), member]);

    expect(sorted(found.values())).toEqual(sorted(expected.values()));
  });

  test('a failure names the error that announced it, and a repair the failure it ended', async () => {
    const { rows } = await pool.query<{ link: string; links: number }>(`
      select format('%s -> %s, %s, %s h', cause.event_type, effect.event_type,
        case when cause.device_uuid = effect.device_uuid and cause.correlation_id = effect.correlation_id then 'same incident' end,
        (extract(epoch from effect.timestamp - cause.timestamp) / 3600)::int) as link,
        count(*)::int as links
      from telltale.events effect join telltale.events cause on cause.event_id = effect.causation_id
      group by 1`);

    const failures = readHours('PdM_failures.csv');
    const errors = readHours('PdM_errors.csv');
    const replacements = readHours('PdM_maint.csv');
    const leads = failures.flatMap((failure) => {
      const announcing = errors
        .filter((error) => announces24(error, failure))
        .map((error) => failure.hour - error.hour);
      return announcing.length > 0 ? [Math.max(...announcing)] : [];
    });
    const delays = replacements.flatMap((replacement) =>
      failures.filter((failure) => repairs24(failure, replacement)).map((failure) => replacement.hour - failure.hour),
    );
    expect(Object.fromEntries(rows.map((row) => [row.link, row.links]))).toEqual({
      ...countBy(leads, (lead) => `device.alert_triggered -> device.health_degraded, same incident, ${lead} h`),
      ...countBy(delays, (delay) => `device.health_degraded -> device.health_recovered, same incident, ${delay} h`),
    });
  });

  test('history fills its log from 1 to the last without a hole, with its own time as recorded_at', async () => {
    const { rows } = await pool.query(`
      select min(position)::int as first, max(position)::int as last, count(distinct position)::int as positions,
        count(distinct log)::int as logs,
        max(recorded_at - timestamp) < interval '1 second' as close, min(recorded_at - timestamp) >= interval '0' as behind
      from telltale.events where log > 0`);

    expect(rows).toEqual([{ first: 1, last: 8066, positions: 8066, logs: 1, close: true, behind: true }]);
  });

  test('history gets a partition for each of its years', async () => {
    const opened = openDatabase(pool);
    const old = (await listPartitions(opened)).filter((partition) => partition.from < '2020');

    expect(old.map(({ tier, from, to }) => `${tier} ${from.slice(0, 10)} ${to.slice(0, 10)}`).sort()).toEqual([
      'critical 2014-01-01 2015-01-01',
      'important 2014-01-01 2015-01-01',
      'important 2015-01-01 2016-01-01',
      'important 2016-01-01 2017-01-01',
    ]);
  });

  test('every checksum and count of imported history verifies', async () => {
    // The import itself is an event, in log 0.
    expect(await store.verify()).toEqual({ verified: 8066 + 1, changed: [], miscounted: [] });
  });

  test('a second import adds nothing', async () => {
    const before = (await pool.query(fingerprint)).rows;

    const report = await importMachines(store, folder);

    expect(report).toMatchObject({ skipped: 8066, imported: 0 });
    expect((await pool.query(fingerprint)).rows).toEqual(before);
  });

  test('an import that was killed half-way goes on, and ends with the very same log', async () => {
    const other = await createDatabase('azure pdm killed');
    const otherPool = new Pool({ connectionString: other.url, max: 4 });
    const otherStore: AnyEventStore = new EventStore({ connection: otherPool });

    await killScript('azure-pdm/main.ts', {
      url: other.url,
      pool: otherPool,
      args: ['--batch', '50'],
      at: /imported \d/,
    });
    const { skipped, imported } = await importMachines(otherStore, folder);

    expect(skipped).toBeGreaterThan(0);
    expect(skipped).toBeLessThan(8066);
    expect(skipped + imported).toBe(8066);
    expect((await otherPool.query(fingerprint)).rows).toEqual((await pool.query(fingerprint)).rows);
    await otherStore.close();
    await otherPool.end();
  });

  test('the story of a machine shows a failure under the error that announced it, and its repair under the failure', async () => {
    const story = (await tellMachine(store, '99', false)).join('\n');

    expect(story).toContain(`
2015-02-16 06:00  ▲ error3
                  ▲ error2
           +24 h  └─ ✖ comp2 failed
       same hour     └─ ○ comp2 replaced
`);
  });

  test('the story of a machine leaves no failure out', async () => {
    const failures = readHours('PdM_failures.csv').filter((failure) => failure.machine === '99');

    const story = await tellMachine(store, '99', false);

    expect(story.filter((line) => line.endsWith(' failed'))).toHaveLength(failures.length);
  });

  test('a machine that is not in the data is refused in a sentence', async () => {
    await expect(tellMachine(store, '101', false)).rejects.toThrow(
      '--machine: expected a number from 1 to 100 (found: 101)',
    );
  });
});

test('a missing data file is refused with the place where it was looked for and what to set', async () => {
  await expect(importMachines({} as AnyEventStore, '/nowhere/azure-pdm')).rejects.toThrow(
    /expected the data file .nowhere.azure-pdm.PdM_\w+\.csv \(found: nothing\); set TELLTALE_DATA/,
  );
});

/** Incidents in any order, their members in any order. */
function sorted(incidents: Iterable<string[]>): string[] {
  return [...incidents].map((members) => members.sort().join('\n')).sort();
}

function announces24(error: Row, failure: Row): boolean {
  const lead = failure.hour - error.hour;
  return (
    error.machine === failure.machine &&
    lead > 0 &&
    lead <= 24 &&
    speaksOf.includes(`${error.subject} ${failure.subject}`)
  );
}

function repairs24(failure: Row, replacement: Row): boolean {
  const delay = replacement.hour - failure.hour;
  return (
    failure.machine === replacement.machine && failure.subject === replacement.subject && delay >= 0 && delay <= 24
  );
}

/** Machine and hour of the failures -> members, every error, failure and replacement compared with every failure. */
function findIncidents(): Map<string, string[]> {
  const incidents = new Map<string, Set<string>>();
  const errors = readHours('PdM_errors.csv');
  const replacements = readHours('PdM_maint.csv');
  for (const failure of readHours('PdM_failures.csv')) {
    const key = `${failure.machine} ${failure.hour}`;
    const members = incidents.get(key) ?? new Set();
    incidents.set(key, members);
    const add = (type: string, row: Row): void => {
      members.add(`${type} ${deviceOf(row.machine)} ${row.hour} ${row.subject}`);
    };
    add('device.health_degraded', failure);
    for (const error of errors) if (announces24(error, failure)) add('device.alert_triggered', error);
    for (const one of replacements) if (repairs24(failure, one)) add('device.health_recovered', one);
  }
  return new Map([...incidents].map(([key, members]) => [key, [...members]]));
}
