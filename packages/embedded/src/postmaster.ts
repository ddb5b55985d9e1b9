/** Reads what a running or dead PostgreSQL server has left in its folder, and ends what should not run there. */
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemCode } from './failure.ts';

const run = promisify(execFile);

export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  /** True once it accepts connections. */
  readonly ready: boolean;
}

/** Parses postmaster.pid, whose lines pg_ctl reads likewise: 1 is the pid, 4 the port, 8 the status. */
export async function readPostmasterFile(data: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return {
    pid: Math.abs(Number.parseInt(lines[0] ?? '', 10)),
    port: Number.parseInt(lines[3] ?? '', 10),
    ready: lines[7]?.trim() === 'ready',
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** Sends a signal to a process that may be gone by now. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

/** Waits until `condition` holds; false when it did not within the time. */
export async function waitUntil(condition: () => Promise<boolean>, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await sleep(20);
  }
  return true;
}

/** Ends what an earlier, dead owner left in the folder: a server that still runs, back ends without a postmaster, a stale file. */
export async function clearRemains(data: string): Promise<void> {
  const file = await readPostmasterFile(data);
  if (file === undefined) return;
  const lives = await isServerProcess(file.pid, data);
  if (lives) signal(file.pid, 'SIGINT');
  // A fast stop writes a checkpoint first; back ends without a postmaster have nothing to finish.
  await endServerProcesses(data, lives ? 60_000 : 2_000);
  // A pid that some other program has by now would make PostgreSQL refuse to start. With no server process left it is safe to remove.
  const left = await readPostmasterFile(data);
  if (left && isAlive(left.pid) && !(await isServerProcess(left.pid, data)))
    await rm(join(data, 'postmaster.pid'), { force: true });
}

/** Back ends outlive a killed postmaster until they look up from a query: gives them time, then ends them. */
export async function endServerProcesses(data: string, patience: number): Promise<void> {
  for (const [name, time] of [
    [undefined, patience],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (name !== undefined) for (const pid of await listServerProcesses(data)) signal(pid, name);
    if (await waitUntil(async () => (await listServerProcesses(data)).length === 0, time)) return;
  }
}

/** Whether the process is PostgreSQL at work in this folder; a pid alone may long belong to another program. */
async function isServerProcess(pid: number, data: string): Promise<boolean> {
  return (await listServerProcesses(data)).includes(pid);
}

async function listServerProcesses(data: string): Promise<number[]> {
  return process.platform === 'linux' ? listByProc(data) : listByPs(data);
}

/** Every PostgreSQL process works in its data folder. Processes that we may not look into are not ours. */
async function listByProc(data: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const inside = await Promise.all(
    pids
      .map(async (pid) => {
        const [folder, program] = await Promise.all([readlink(`/proc/${pid}/cwd`), readlink(`/proc/${pid}/exe`)]);
        return folder === data && /\/postgres( \(deleted\))?$/.test(program);
      })
      .map((answer) => answer.catch(() => false)),
  );
  return pids.filter((_, index) => inside[index]).map(Number);
}

/** macOS has no /proc: only the postmaster names the folder there; PostgreSQL's own check finds the others. */
async function listByPs(data: string): Promise<number[]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,command=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes('postgres') && line.includes(`-D ${data} `))
    .map((line) => Number.parseInt(line, 10));
}
