/** `npm start`: the set-up, then `telltale start` with the arguments given after `--`. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, setUp } from './setup.mjs';

try {
  await setUp('packages/cli');
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

// In this process, so that a signal reaches the command directly and its exit code is ours. package.json says `exec`
// for the same reason: a shell in between dies of Ctrl-C, and npm reports that as a failure.
const main = join(root, 'packages', 'cli', 'dist', 'main.js');
process.argv = [process.execPath, main, 'start', ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
