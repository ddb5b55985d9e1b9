/** Reads what a running or dead PostgreSQL server has left in its folder, and ends what should not run there. */
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EmbeddedFailure, systemCode } from './failure.ts';
import type { Identity } from './identity.ts';
import { asServer } from './identity.ts';

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
export async function clearRemains(data: string, identity: Identity): Promise<void> {
  const file = await readPostmasterFile(data);
  if (file === undefined) return;
  const lives = (await listServerProcesses(data, identity)).includes(file.pid);
  if (lives) signal(file.pid, 'SIGINT');
  // A fast stop writes a checkpoint first; back ends without a postmaster have nothing to finish.
  await endServerProcesses(data, identity, lives ? 60_000 : 2_000);
  // A pid that some other program has by now would make PostgreSQL refuse to start. With no server process left it is safe to remove.
  const left = await readPostmasterFile(data);
  if (left && isAlive(left.pid)) await rm(join(data, 'postmaster.pid'), { force: true });
}

/** Back ends outlive a killed postmaster until they look up from a query: gives them time, then ends them. */
export async function endServerProcesses(data: string, identity: Identity, patience: number): Promise<void> {
  const isEmpty = async (): Promise<boolean> => (await listServerProcesses(data, identity)).length === 0;
  if (await waitUntil(isEmpty, patience)) return;
  for (const name of ['SIGQUIT', 'SIGKILL'] as const) {
    for (const pid of await listServerProcesses(data, identity)) signal(pid, name);
    if (await waitUntil(isEmpty, 5_000)) return;
  }
  throw new EmbeddedFailure(
    'StartFailed',
    `Processes of an earlier PostgreSQL in ${data} do not end (${(await listServerProcesses(data, identity)).join(', ')}). ` +
      'End them, then start again.',
  );
}

/** PostgreSQL at work in this folder; a pid alone may long belong to another program. */
async function listServerProcesses(data: string, identity: Identity): Promise<number[]> {
  return process.platform === 'linux' ? listByProc(data, identity) : listByPs(data);
}

/**
 * Every PostgreSQL process works in its data folder. Asked as the server's own user: root may not look at the processes
 * of others without CAP_SYS_PTRACE, which it lacks in containers.
 */
async function listByProc(data: string, identity: Identity): Promise<number[]> {
  const links = 'ls -ld /proc/[0-9]*/cwd /proc/[0-9]*/exe 2>/dev/null; true';
  const { stdout } = await run('/bin/sh', ['-c', links], { ...asServer(identity), cwd: '/', maxBuffer: 64_000_000 });
  const inside = stdout.matchAll(/ \/proc\/(\d+)\/cwd -> (.*)$/gm);
  const programs = new Set(
    [...stdout.matchAll(/ \/proc\/(\d+)\/exe -> .*\/postgres( \(deleted\))?$/gm)].map(([, pid]) => pid),
  );
  return [...inside].filter(([, pid, folder]) => folder === data && programs.has(pid)).map(([, pid]) => Number(pid));
}

/** macOS has no /proc: only the postmaster names the folder there; PostgreSQL's own check finds the others. */
async function listByPs(data: string): Promise<number[]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,command=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes('postgres') && line.includes(`-D ${data} `))
    .map((line) => Number.parseInt(line, 10));
}
