/** `telltale import`: files to a log of their own, bad rows, order, and an import that is killed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { createDatabase } from '../../../test/database.ts';
import { newFolder, start, telltale } from './telltale.ts';

async function ask(url: string, sql: string): Promise<unknown[][]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

const mapping = {
  name: 'pumps',
  timestamp: { $column: 'time', zone: 'Europe/Berlin' },
  device: { name: '{pump}', namespace: 'https://example.org/pumps' },
  tags: { pump: '{pump}' },
  sources: [
    {
      file: 'errors.csv',
      event_type: 'device.alert_triggered',
      data: { alert_name: '{error}', value: { $column: 'value', as: 'number' } },
    },
    { file: 'service.ndjson', event_type: 'device.maintenance_mode', data: { enabled: false, components: ['{part}'] } },
  ],
};

function writeFiles(errors: readonly string[], service: readonly object[] = []): string {
  const folder = newFolder();
  writeFileSync(join(folder, 'mapping.json'), JSON.stringify(mapping));
  writeFileSync(join(folder, 'errors.csv'), ['time,pump,error,value', ...errors, ''].join('\n'));
  writeFileSync(join(folder, 'service.ndjson'), service.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return folder;
}

const minute = (index: number): string => new Date(Date.UTC(2020, 0, 1) + index * 60_000).toISOString().slice(0, 19);

const imported = (url: string): Promise<unknown[][]> =>
  ask(
    url,
    `select event_type, "timestamp" at time zone 'UTC', data ->> 'alert_name' from telltale.events where log = 1 order by position`,
  );

test('files are merged by time into a log of their own, and the import is an event', async () => {
  const { url } = await createDatabase('import merges');
  const folder = writeFiles(
    ['2020-07-01 10:00:00,p1,E1,1.5', '2020-07-01 12:00:00,p2,E2,'],
    [{ time: '2020-07-01T09:00:00Z', pump: 'p1', part: 'seal' }],
  );

  const { code, stdout } = await telltale(['import', '-m', join(folder, 'mapping.json')], { database: url });

  expect(code).toBe(0);
  expect(stdout).toContain('3 events imported as pumps into log 1.');
  expect(stdout).toMatch(/device\.alert_triggered +2\n/);
  const rows = await ask(
    url,
    `select event_type, to_char("timestamp" at time zone 'UTC', 'HH24:MI'), metadata -> 'tags' ->> 'pump',
       to_char(recorded_at, 'YYYY') from telltale.events where log = 1 order by position`,
  );
  expect(rows).toEqual([
    ['device.alert_triggered', '08:00', 'p1', '2020'],
    ['device.maintenance_mode', '09:00', 'p1', '2020'],
    ['device.alert_triggered', '10:00', 'p2', '2020'],
  ]);
  const [record] = await ask(url, `select data from telltale.events where event_type = 'log.imported'`);
  expect(record?.[0]).toMatchObject({
    import_id: 'pumps',
    log: 1,
    event_count: 3,
    origin: 'errors.csv, service.ndjson',
  });
});

test('an import that is killed goes on, without losing or doubling, and is recorded once', async () => {
  const { url } = await createDatabase('import with a kill');
  const count = 15_000;
  const folder = writeFiles(
    Array.from({ length: count }, (_, index) => `${minute(index)},p${index % 7},E${index},${index}`),
  );
  const args = ['import', '-m', join(folder, 'mapping.json')];
  const heads = async (): Promise<number> =>
    Number((await ask(url, 'select coalesce(max(last_position), 0) from telltale.log_batches where log = 1'))[0]?.[0]);

  const { child, ended } = start(args, { database: url, input: '' });
  await expect.poll(heads, { timeout: 60_000, interval: 20 }).toBeGreaterThan(0);
  child.kill('SIGKILL');
  await ended;
  const before = await heads();
  const second = await telltale(args, { database: url });
  const third = await telltale(args, { database: url });

  expect(before).toBeLessThan(count);
  expect(second.stdout).toMatch(/15,000 events imported as pumps into log 1, [\d,]+ of them by an earlier run\./);
  expect(third.stdout).toContain('15,000 of them by an earlier run');
  expect((await imported(url)).map((row) => row[2])).toEqual(Array.from({ length: count }, (_, index) => `E${index}`));
  expect(await ask(url, `select count(*)::int from telltale.events where event_type = 'log.imported'`)).toEqual([[1]]);
}, 240_000);

test('a row that is wrong ends the import by its file and line', async () => {
  const { url } = await createDatabase('import a bad row');
  const folder = writeFiles(['2020-07-01 10:00:00,p1,E1,1', '2020-07-01 11:00:00,p1,E1,much']);

  const { code, stderr } = await telltale(['import', '-m', join(folder, 'mapping.json')], { database: url });

  expect(code).toBe(1);
  expect(stderr).toMatch(/errors\.csv line 3: value: expected a number \(found: much\); mend the row or the mapping/);
});

test('rows that are wrong are left out with --partial, whether the mapping or the log refuses them', async () => {
  const { url } = await createDatabase('import partially');
  const folder = writeFiles([
    '2020-07-01 10:00:00,p1,E1,1',
    '2020-07-01 11:00:00,p1,E1,much',
    'soon,p1,E1,1',
    '2020-07-01 13:00:00,p1,,1',
    '2020-07-01 14:00:00,p1,E9,1',
    'a,b',
  ]);
  const refused = join(folder, 'refused.ndjson');
  const args = ['import', '-m', join(folder, 'mapping.json'), '--refused', refused];

  const first = await telltale(args, { database: url });
  const again = await telltale(args, { database: url });

  expect(first.stdout).toContain('2 events imported as pumps into log 1, 4 rows refused.');
  expect(again.stdout).toContain('2 events imported as pumps into log 1, 2 of them by an earlier run, 4 rows refused.');
  const lines = readFileSync(refused, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { line: number }).line);
  expect(lines.sort((one, other) => one - other)).toEqual([3, 4, 5, 7]);
});

test('files out of order are refused with what to do, and --sort does it', async () => {
  const { url } = await createDatabase('import sorts');
  const folder = writeFiles(['2020-07-01 12:00:00,p1,E2,1', '2020-07-01 10:00:00,p1,E1,1']);
  const args = ['import', '-m', join(folder, 'mapping.json')];

  const refused = await telltale(args, { database: url });
  const sorted = await telltale([...args, '--sort'], { database: url });

  expect([refused.code, sorted.code]).toEqual([1, 0]);
  expect(refused.stderr).toMatch(/errors\.csv line 3: .*sort the file by time, or let --sort do it\./);
  expect((await imported(url)).map((row) => row[2])).toEqual(['E1', 'E2']);
});

test('a preview shows what the mapping makes of the first rows, without a database', async () => {
  const folder = writeFiles(['2020-07-01 10:00:00,p1,E1,1', '2020-07-01 11:00:00,p1,E2,1']);

  const { code, stdout } = await telltale(['import', '-m', join(folder, 'mapping.json'), '--preview', '1']);

  expect(code).toBe(0);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  ).toMatchObject([
    {
      event_type: 'device.alert_triggered',
      timestamp: '2020-07-01T08:00:00.000000Z',
      data: { alert_name: 'E1', value: 1 },
    },
  ]);
});

test('a column that is not there is named, with the one that may be meant', async () => {
  const folder = writeFiles([]);
  writeFileSync(join(folder, 'errors.csv'), 'time,pump,eror,value\n2020-07-01 10:00:00,p1,E1,1\n');

  const { stderr, code } = await telltale(['import', '-m', join(folder, 'mapping.json'), '--preview', '1']);

  expect(code).toBe(1);
  expect(stderr).toMatch(/errors\.csv has no column error; did you mean eror\?\n$/);
});
