/** The harness itself: every test gets a database of its own. */
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { createDatabase, testVersions, useDatabase } from './database.ts';

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows.map(([value]) => value);
  } finally {
    await client.end();
  }
}

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const shared = useDatabase('shared by the file', { version });

  test('a test gets a database of the version that it asks for', async () => {
    const { url } = await createDatabase('of this version', { version });

    expect(await ask(url, `select current_setting('server_version_num')::int / 10000`)).toEqual([version]);
  });

  test('what one test writes, no other database sees', async () => {
    const { url } = await createDatabase('of its own', { version });

    await ask(shared.url, 'create table public.written as select 1');

    expect(await ask(url, `select to_regclass('public.written')`)).toEqual([null]);
  });
});

test('a dropped database is gone even while somebody is connected to it', async () => {
  const kept = await createDatabase('asks about the other');
  const { url, name, drop } = await createDatabase('is dropped');
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();

  await drop();

  expect(await ask(kept.url, `select datname from pg_database where datname = '${name}'`)).toEqual([]);
  await client.end().catch(() => undefined);
});
