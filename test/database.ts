/** A database of its own for a test or a test file, cloned from the migrated template, kept when the test fails. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { TestContext } from 'vitest';
import { afterAll, beforeAll, inject, onTestFinished, TestRunner } from 'vitest';
import type { TestServer } from './server.ts';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Major version of its server. */
  readonly version: number;
  readonly drop: () => Promise<void>;
}

export interface DatabaseOptions {
  /** Default: TELLTALE_TEST_VERSION, else the newest server of the run. */
  readonly version?: number;
  /** Clone the migrated template (the default), or make an empty database. */
  readonly empty?: boolean;
}

/** The versions of this run, newest first, for tests that repeat themselves on each. One alone when TELLTALE_TEST_VERSION or DATABASE_URL says so. */
export function testVersions(): number[] {
  const only = process.env['TELLTALE_TEST_VERSION'];
  return only ? [Number(only)] : inject('servers').map(({ version }) => version);
}

/**
 * The newest version alone; all of them with TELLTALE_SOAK=1. For tests of what is answered: sql/query.db.test.ts runs each of
 * their statements on every version, and both took the whole run beyond its 15 minutes.
 */
export function newestVersion(): number[] {
  return process.env['TELLTALE_SOAK'] === '1' ? testVersions() : testVersions().slice(0, 1);
}

/** Makes a database. In a test it goes with the test, unless that fails; elsewhere the caller drops it. */
export async function createDatabase(title: string, options: DatabaseOptions = {}): Promise<TestDatabase> {
  const server = findServer(options.version);
  const name = databaseName(title);
  // file_copy: the default writes every page to the WAL and took 330-1,070 ms here, this 90-650 (10 MB, machine under load).
  const source = options.empty ? '' : `template ${server.template} strategy file_copy`;
  await execute(server, `create database ${name} ${source}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const drop = (): Promise<void> => execute(server, `drop database if exists ${name} with (force)`);
  const database = { url: url.href, name, version: server.version, drop };
  if (TestRunner.getCurrentTest())
    onTestFinished(({ task }) => dropUnlessFailed(database, task.result?.state === 'fail'));
  return database;
}

/** Makes one database for all tests of a file or describe block; it goes after the last one, unless one failed. */
export function useDatabase(title: string, options: DatabaseOptions = {}): TestDatabase {
  let made: TestDatabase | undefined;
  const get = (): TestDatabase => {
    if (made) return made;
    throw new Error(`The database "${title}" is used before the tests run. Use it inside test or beforeAll.`);
  };
  beforeAll(async () => {
    made = await createDatabase(title, options);
  });
  // vitest insists on a pattern for the fixtures, of which there is no use here.
  // oxlint-disable-next-line eslint/no-empty-pattern
  afterAll(async ({}, suite) => {
    await dropUnlessFailed(get(), hasFailed(suite.tasks));
  });
  return {
    get url() {
      return get().url;
    },
    get name() {
      return get().name;
    },
    get version() {
      return get().version;
    },
    drop: () => get().drop(),
  };
}

async function dropUnlessFailed(database: TestDatabase, failed: boolean): Promise<void> {
  if (failed) console.log(`Kept the database of the failed test: ${database.url}`);
  else await database.drop();
}

type Task = TestContext['task'] | NonNullable<TestContext['task']['suite']>;

function hasFailed(tasks: readonly Task[]): boolean {
  return tasks.some((task) => task.result?.state === 'fail' || ('tasks' in task && hasFailed(task.tasks)));
}

function findServer(wanted: number | undefined): TestServer {
  const servers = inject('servers');
  const version = wanted ?? (Number(process.env['TELLTALE_TEST_VERSION']) || servers[0]?.version);
  const server = servers.find((candidate) => candidate.version === version);
  if (server) return server;
  const there = servers.map((candidate) => candidate.version).join(', ');
  throw new Error(
    `No server of version ${version} in this run (there are: ${there}). Repeat tests over testVersions().`,
  );
}

/** 63 bytes is PostgreSQL's limit for a name; the random part keeps two runs on one server apart. */
function databaseName(title: string): string {
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(0, 40);
  return `test_${slug}_${randomBytes(4).toString('hex')}`;
}

async function execute(server: TestServer, sql: string): Promise<void> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
