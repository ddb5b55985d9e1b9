/** The program of example/library, run twice on one database, as a newcomer would. */
import { Client } from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { useDatabase } from '../../test/database.ts';
import { runScript } from './process.ts';

const database = useDatabase('example library', { empty: true });
const runs: { code: number | null; output: string }[] = [];

beforeAll(async () => {
  runs.push(await runScript('library/main.ts', database.url));
  runs.push(await runScript('library/main.ts', database.url));
});

test('the program publishes in its own transaction, follows the log, and reads the event back', () => {
  const [{ code, output }] = runs as [(typeof runs)[number]];

  expect(code, output).toBe(0);
  expect(output).toContain('followed: device.provisioned');
  expect(output).toContain("event_type: 'device.provisioned'");
});

test('the program runs a second time, and follows only what is new', () => {
  const { code, output } = runs[1] as (typeof runs)[number];

  expect(code, output).toBe(0);
  expect(output.match(/followed:/g)).toHaveLength(1);
});

test('each run leaves its row and the event about it', async () => {
  const client = new Client({ connectionString: database.url });
  await client.connect();

  const { rows } = await client.query(
    'select p.name, e.event_type from public.press p join telltale.events e on e.device_uuid = p.id',
  );
  await client.end();

  const expected = { name: 'press 7', event_type: 'device.provisioned' };
  expect(rows).toEqual([expected, expected]);
});
