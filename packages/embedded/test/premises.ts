/** Folders, servers and questions for the tests of the embedded server; all of it goes with the test. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresOptions, PostgresServer } from '@telltale/embedded';
import { startPostgres, temporaryDirectory } from '@telltale/embedded';
import { Client } from 'pg';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

export async function makeDirectory(): Promise<string> {
  const directory = await temporaryDirectory('telltale-test');
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * One folder for many tests, because initdb takes a second: what is in it is the next test's too. It is made by the first
 * start, and its path has spaces: every test shows that this does no harm.
 */
export function shareDirectory(): () => string {
  let directory = '';
  beforeAll(async () => {
    directory = await temporaryDirectory('telltale-test');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  return () => join(directory, 'made when needed', 'and used');
}

export async function start(options: PostgresOptions): Promise<PostgresServer> {
  const server = await startPostgres({ fsync: false, ...options });
  onTestFinished(() => server.stop('immediate'));
  return server;
}

/** The first column of the first row. */
export async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  // The query fails too; without a listener the same error would end the test run.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

/** Commits a value that no earlier test has written. */
export async function keep(url: string): Promise<number> {
  const value = Math.floor(Math.random() * 1e9);
  await ask(url, `do $$ begin drop table if exists kept; create table kept as select ${value} as value; end $$`);
  return value;
}
