/** Compares a live catalog with the schema that this version makes: what differs is drift. */
import { readFileSync } from 'node:fs';
import { openDatabase, type StoreConnection } from '../database/connection.ts';
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
    const rows = await database.query<{ object: string; definition: string }>(readManifest);
    return Object.fromEntries(rows.map((row) => [row.object, row.definition]));
  } finally {
    await database.close();
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
