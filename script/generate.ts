/** Writes every generated file again, by running each script/gen-*.ts; with `--check` they only say what is out of date. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const generators = readdirSync(folder).filter((name) => /^gen-.*\.ts$/.test(name));

const failed = generators.filter((name) => {
  const { status } = spawnSync(process.execPath, [...process.execArgv, `${folder}${name}`, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  return status !== 0;
});
if (failed.length > 0) {
  console.error(`${failed.join(', ')} failed. If files are out of date, run npm run gen and commit what it writes.`);
  process.exitCode = 1;
}
