/** `npm start`: the set-up, then `telltale start` with the arguments given after `--`. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, setUp } from './setup.mjs';

/** Human hands are slower than this, npm is faster: it took less than 10 ms. */
const burst = 500;

try {
  await setUp('packages/cli');
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
passOnce('SIGINT');

// In this process, so that a signal reaches the command directly and its exit code is ours. package.json says `exec`
// for the same reason: a shell in between dies of Ctrl-C, and npm reports that as a failure.
const main = join(root, 'packages', 'cli', 'dist', 'main.js');
process.argv = [process.execPath, main, 'start', ...process.argv.slice(2)];
await import(pathToFileURL(main).href);

/**
 * The terminal sends Ctrl-C to npm and to us, and npm hands its own on: it comes twice. The command takes a second one
 * for impatience and breaks off, so only the first of a burst gets through.
 */
function passOnce(signal) {
  const { emit } = process;
  let last = Number.NEGATIVE_INFINITY;
  process.emit = (name, ...rest) => {
    if (name === signal) {
      const isRepeat = performance.now() - last < burst;
      last = performance.now();
      if (isRepeat) return true;
    }
    return Reflect.apply(emit, process, [name, ...rest]);
  };
}
