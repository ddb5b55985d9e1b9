/** `npm start` as a user has it: the set-up, the command, and an end by Ctrl-C. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@telltale/embedded';
import { expect, onTestFinished, test } from 'vitest';

test('Ctrl-C, which npm delivers twice, ends the command cleanly and stops its server', async () => {
  const home = await temporaryDirectory('telltale-test');
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { DATABASE_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, ['script/start.mjs', '--devices', '3'], {
    cwd: root,
    env: { ...env, TELLTALE_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  await expect.poll(() => output, { timeout: 50_000, interval: 100 }).toContain('events/s');

  child.kill('SIGINT');
  await sleep(5);
  child.kill('SIGINT');

  expect(await once(child, 'close')).toEqual([0, null]);
  expect(output).toContain('Stopped.');
  expect(await readFile(join(home, 'server.log'), 'utf8')).toContain('database system is shut down');
}, 120_000);
