/** `telltale migrate`: the schema brought up, printed, and compared. */
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { createDatabase } from '../../../test/database.ts';
import { telltale } from './telltale.ts';

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

test('an empty database is brought up, and again there is nothing to do', async () => {
  const { url } = await createDatabase('migrate', { empty: true });

  const before = await telltale(['migrate', '--check'], { database: url });
  const first = await telltale(['migrate'], { database: url });
  const second = await telltale(['migrate'], { database: url });
  const after = await telltale(['migrate', '--check'], { database: url });

  expect([before.code, first.code, second.code, after.code]).toEqual([1, 0, 0, 0]);
  expect(before.stderr).toMatch(/has no Telltale schema; run .*telltale migrate first\.\n$/);
  expect(first.stdout).toContain('applied migration/0001_');
  expect(second.stdout).toMatch(/^\S+ is up to date\.\n$/);
});

test('the printed script does the same', async () => {
  const { url } = await createDatabase('migrate by hand', { empty: true });
  const { stdout } = await telltale(['migrate', '--print'], { database: url });

  await run(url, stdout);

  expect(await telltale(['migrate', '--check'], { database: url })).toMatchObject({ code: 0 });
  expect(await telltale(['migrate', '--print'], { database: url })).toMatchObject({ code: 0, stdout: '' });
});

test('a schema that somebody changed is found out, and what differs is named', async () => {
  const { url } = await createDatabase('migrate check');
  await run(url, 'alter table telltale.settings add column mine text; create table telltale.extra (one int)');

  const { code, stdout } = await telltale(['migrate', '--check'], { database: url });

  expect(code).toBe(1);
  expect(stdout).toMatch(/settings\.mine: not ours/);
  expect(stdout).toMatch(/extra.*: not ours/);
  expect(stdout).toMatch(/\d differences between \S+ and what this version expects; undo what was changed by hand/);
});

test('to print and to check at once is refused as wrong use', async () => {
  expect(await telltale(['migrate', '--print', '--check'], { database: 'postgres://x' })).toMatchObject({ code: 2 });
});
