/** Starts the servers of the database tests, one of each version, and makes the migrated template on each. */
import { migrate } from '@telltale/store';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import type { TestServer, TestVersion, ThrowAwayServer } from './server.ts';
import { startThrowAway } from './server.ts';

const versions: readonly TestVersion[] = [18, 15];

interface Prepared {
  readonly server: TestServer;
  /** Ends what was made, except databases that failed tests have kept. */
  readonly close: () => Promise<void>;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env['DATABASE_URL'];
  // One after the other would take twice as long; initdb keeps one core busy for a second.
  const prepared = url ? [await prepareGiven(url)] : await Promise.all(versions.map(prepareEmbedded));
  project.provide(
    'servers',
    prepared.map(({ server }) => server),
  );
  return async () => {
    for (const { close } of prepared) await close();
  };
}

async function prepareEmbedded(version: TestVersion): Promise<Prepared> {
  const own = await startThrowAway({ version, fsync: false });
  const template = 'telltale_template';
  await makeTemplate(own.server.url, template);
  return { server: { version, url: own.server.url, template }, close: () => closeEmbedded(own, version) };
}

async function closeEmbedded(own: ThrowAwayServer, version: TestVersion): Promise<void> {
  const kept = await ask(own.server.url, `select datname from pg_database where datname like 'test\\_%' order by 1`);
  if (kept.length === 0) return own.remove();
  await own.server.stop();
  console.log(
    `Kept for a look: ${kept.join(', ')}\n  npx tsx --conditions=source script/dev-postgres.ts ${version} ${own.directory}`,
  );
}

/** A server of the user's: nothing stays on it but what failed tests have kept. */
async function prepareGiven(url: string): Promise<Prepared> {
  const [version] = await ask(url, `select current_setting('server_version_num')::int / 10000`);
  const template = `telltale_template_${process.pid}_${Date.now()}`;
  await makeTemplate(url, template);
  const close = async (): Promise<void> => {
    await ask(url, `drop database ${template} with (force)`);
  };
  return { server: { version: Number(version), url, template }, close };
}

async function makeTemplate(url: string, name: string): Promise<void> {
  await ask(url, `create database ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  await migrate(own.href);
}

async function ask(url: string, sql: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' });
    return rows.map(([value]) => String(value));
  } finally {
    await client.end();
  }
}
