/** Compares a live catalog with the schema that this version makes: what differs is drift. */
import { readFileSync } from 'node:fs';
import { openDatabase, type StoreConnection } from '../database/connection.ts';
import type { Session } from '../database/database.ts';
import { readStatement } from '../sql-file.ts';

const readManifest = readStatement('read_manifest');
const manifestFile = new URL('../../sql/generated/schema.json', import.meta.url);

/** Everything in the schema, each as `kind name: definition`; partitions are left out, they come and go. */
export type Manifest = Record<string, string>;

export interface Drift {
  readonly object: string;
  readonly expected: string | null;
  readonly found: string | null;
}

/** The manifest of a live database. */
export async function readSchemaManifest(connection: StoreConnection): Promise<Manifest> {
  const database = openDatabase(connection, { connections: 1 });
  try {
    const rows = await database.connection((session) =>
      withSearchPath(session, 'pg_catalog', () => session.query<{ object: string; definition: string }>(readManifest)),
    );
    return Object.fromEntries(rows.map((row) => [row.object, row.definition]));
  } finally {
    await database.close();
  }
}

/** PostgreSQL names a schema only where the search path lacks it, so whoever looked would make the difference. */
async function withSearchPath<Result>(session: Session, path: string, work: () => Promise<Result>): Promise<Result> {
  const set = { text: `select set_config('search_path', $1, false)` };
  const [before] = await session.query<{ path: string }>({ text: `select current_setting('search_path') as path` });
  await session.query(set, [path]);
  try {
    return await work();
  } finally {
    await session.query(set, [before?.path ?? '']);
  }
}

/** Every difference between the database and the manifest that is generated with this version; none is no drift. */
export async function checkDrift(connection: StoreConnection): Promise<Drift[]> {
  const expected = JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
  const found = await readSchemaManifest(connection);
  const objects = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
  return objects
    .filter((object) => expected[object] !== found[object])
    .map((object) => ({ object, expected: expected[object] ?? null, found: found[object] ?? null }));
}
