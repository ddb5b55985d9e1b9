/**
 * `npm test`: the set-up, every check, then every test; the last line counts them all. With arguments (`npm test -- append`)
 * only vitest runs, and gets them. `npm run check` leaves the tests out.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { program, root, run, setUp } from './setup.mjs';

/** Two lanes of about as long, side by side: in turn they took 59 s. */
const checks = [
  [
    ['types', ['typescript/bin/tsc', '-b']],
    ['generated files', ['tsx/dist/cli.mjs', '--conditions=source', 'script/generate.ts', '--check']],
  ],
  [
    ['lint', ['oxlint/bin/oxlint', '--type-aware']],
    ['format', ['@biomejs/biome/bin/biome', 'check', '--no-errors-on-unmatched']],
    ['unused code', ['knip/bin/knip.js', '--no-progress']],
  ],
];
const folder = join(root, '.telltale');
const report = join(folder, 'vitest.json');

const args = process.argv.slice(2);
const total = { passed: 0, failed: 0 };
try {
  await setUp();
  if (args.length > 0 && args[0] !== '--check') process.exit(await vitest(args));
  await Promise.all(checks.map((lane) => inTurn(lane)));
  if (args[0] !== '--check') await test();
} catch (error) {
  console.error(error.message);
  total.failed += 1;
}
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'test.json'), JSON.stringify(total));
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function inTurn(lane) {
  for (const [name, [path, ...rest]] of lane) await check(name, path, rest);
}

/** Runs a check silently; only one that fails has something to say. */
async function check(name, path, rest) {
  const start = performance.now();
  const { code, output } = await run(process.execPath, [program(path), ...rest], { shown: false });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (code !== 0) console.log(output.trim());
  total[code === 0 ? 'passed' : 'failed'] += 1;
}

async function test() {
  rmSync(report, { force: true });
  const code = await vitest(['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  const { passed, failed } = count();
  total.passed += passed;
  // An error outside of any test (a file that cannot be loaded, a set-up that fails) shows in the exit code alone.
  total.failed += code === 0 ? failed : Math.max(failed, 1);
}

function count() {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

async function vitest(rest) {
  return (await run(process.execPath, [program('vitest/vitest.mjs'), 'run', ...rest])).code;
}
