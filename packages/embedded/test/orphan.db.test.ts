/** What becomes of a server whose process was killed, with and without the guard that watches for that. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ask, keep, shareDirectory, start } from './premises.ts';
import { runProgram } from './program-run.ts';

/** The command line of a process; empty when it has ended. */
async function readCommand(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}

/** The shell that watches for the end of the process that started this postmaster. */
async function findGuard(postmaster: number): Promise<number> {
  const pids = (await readdir('/proc')).map(Number).filter(Boolean);
  const commands = await Promise.all(pids.map(readCommand));
  return pids[commands.findIndex((command) => command.endsWith(`kill -INT "$0" 2>/dev/null\0${postmaster}\0`))] ?? 0;
}

/** Starts a server in a program of its own, and kills that program and the guard. */
async function orphan(directory: string): Promise<{ pid: number; value: number }> {
  const { answer, end } = await runProgram({ options: { directory } });
  const value = await keep(answer.url);
  process.kill(await findGuard(answer.pid), 'SIGKILL');
  await end('SIGKILL');
  expect(await readCommand(answer.pid)).toContain('postgres');
  return { pid: answer.pid, value };
}

describe.runIf(process.platform === 'linux')('on Linux, where /proc tells about processes', () => {
  const directory = shareDirectory();

  test('a server ends with the process that started it, even by SIGKILL, and nothing is lost', async () => {
    const program = await runProgram({ options: { directory: directory() } });
    const value = await keep(program.answer.url);

    await program.end('SIGKILL');

    await expect.poll(() => readCommand(program.answer.pid), { timeout: 30_000 }).toBe('');
    const { url } = await start({ directory: directory() });
    expect(await ask(url, 'select value from kept')).toBe(value);
  });

  test('a server that outlived its process and its guard is stopped by the next start, and nothing is lost', async () => {
    const { pid, value } = await orphan(directory());

    const next = await start({ directory: directory() });

    expect(await readCommand(pid)).toBe('');
    expect(await ask(next.url, 'select value from kept')).toBe(value);
  });

  const setpriv = '/usr/bin/setpriv';
  test.runIf(process.getuid?.() === 0 && existsSync(setpriv))(
    'the same goes for root in a container, who may not look at the processes of others',
    async () => {
      const { pid, value } = await orphan(directory());
      const contained = [setpriv, '--bounding-set', '-sys_ptrace', '--inh-caps', '-sys_ptrace'];

      const { answer } = await runProgram({ options: { directory: directory() } }, process.env, contained);

      expect(answer.error).toBeUndefined();
      expect(await readCommand(pid)).toBe('');
      expect(await ask(answer.url, 'select value from kept')).toBe(value);
    },
  );
});
