/**
 * Writes the files that follow from the event catalogue and the error table.
 * Run: npx tsx --conditions=source script/gen-catalogue.ts [--check]; with --check it writes nothing, names the files
 * that differ and ends with 1 when there are any.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateCatalogue, readReleased, releasedPath } from './catalogue/generate.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(join(root, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

for (const [path, content] of generateCatalogue(readReleased(await readIfThere(releasedPath)))) {
  if ((await readIfThere(path)) === content) continue;
  console.log(check ? `differs: ${path}` : `written: ${path}`);
  if (check) {
    process.exitCode = 1;
  } else {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}
