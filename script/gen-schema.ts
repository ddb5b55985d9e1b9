/** Writes the manifest of the schema that a migrated database has; `telltale migrate --check` compares with it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { startPostgres, temporaryDirectory } from '@telltale/embedded';
import { migrate, readSchemaManifest } from '@telltale/store';

const file = new URL('../packages/store/sql/generated/schema.json', import.meta.url);

async function makeManifest(): Promise<string> {
  const directory = await temporaryDirectory('telltale-schema');
  const server = await startPostgres({ directory, fsync: false });
  try {
    await migrate(server.url);
    return `${JSON.stringify(await readSchemaManifest(server.url), null, 2)}\n`;
  } finally {
    await server.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  }
}

const manifest = await makeManifest();
if (!process.argv.includes('--check')) {
  writeFileSync(file, manifest);
} else if (readFileSync(file, 'utf8') !== manifest) {
  console.error('packages/store/sql/generated/schema.json is out of date; run npm run gen');
  process.exitCode = 1;
}
