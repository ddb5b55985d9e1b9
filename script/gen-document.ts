/**
 * Writes the OpenAPI and AsyncAPI documents that follow from the routes and the catalogue.
 * Run: npx tsx --conditions=source script/gen-document.ts [--check]; with --check it writes nothing, names the files
 * that differ and ends with 1 when there are any.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { makeAsyncApi, makeOpenApi } from '@telltale/protocol';
import { printJson } from './catalogue/json-file.ts';

const manifest = new URL('../packages/server/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
const check = process.argv.includes('--check');

for (const [name, document] of [
  ['openapi', makeOpenApi(version)],
  ['asyncapi', makeAsyncApi(version)],
] as const) {
  const path = `docs/reference/${name}.json`;
  const file = new URL(`../${path}`, import.meta.url);
  const content = printJson(document);
  if (readIfThere(file) === content) continue;
  console.log(check ? `differs: ${path}` : `written: ${path}`);
  if (check) process.exitCode = 1;
  else writeFileSync(file, content);
}

function readIfThere(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
