/** One run of the server program, from the spawn until it accepts connections. */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { EmbeddedFailure } from './failure.ts';
import { asServer } from './identity.ts';
import type { Premises } from './initialise.ts';
import { serverEnvironment } from './initialise.ts';
import { readPostmasterFile, waitUntil } from './postmaster.ts';
import { ServerRun } from './run.ts';

/** After a crash the log since the last checkpoint is replayed first: 2 GB at most, minutes on a slow disk. */
const startLimit = 300_000;
const logLimit = 10_000_000;

/** What a run ended with before it was ready. */
export class StartRefused extends Error {
  readonly reason: 'PortTaken' | 'StillInUse' | 'Other';

  constructor(log: string) {
    super(log);
    this.reason = log.includes('could not bind') ? 'PortTaken' : log.includes('still in use') ? 'StillInUse' : 'Other';
  }
}

/** Spawns the postmaster and waits until it accepts connections; throws StartRefused with its log when it ends before. */
export async function launch(premises: Premises, port: number, log: string): Promise<ServerRun> {
  const from = await prepareLog(log);
  const child = spawnServer(premises, port, log);
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const run = new ServerRun(child, premises);
  const isSettled = async (): Promise<boolean> => run.isOver || isReady(premises.data, run.pid);
  if (!(await waitUntil(isSettled, startLimit))) {
    await run.end('immediate');
    throw new EmbeddedFailure('StartFailed', `PostgreSQL did not come up within ${startLimit / 1000} s. See ${log}.`);
  }
  if (run.isOver) throw new StartRefused(await readFrom(log, from));
  return run;
}

async function isReady(data: string, pid: number): Promise<boolean> {
  const file = await readPostmasterFile(data);
  return file !== undefined && file.ready && file.pid === pid;
}

function spawnServer({ binaries, identity, data }: Premises, port: number, log: string): ChildProcess {
  const output = openSync(log, 'a', 0o600);
  try {
    return spawn(
      binaries.postgres,
      ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      {
        ...asServer(identity),
        cwd: '/',
        env: serverEnvironment(),
        stdio: ['ignore', output, output],
        // A session of its own: the terminal's Ctrl-C is for us, and we stop the server after its last client.
        detached: true,
      },
    );
  } finally {
    closeSync(output);
  }
}

/** Puts a log that has grown large aside, and returns the length of the one that the next run appends to. */
async function prepareLog(log: string): Promise<number> {
  const { size } = await stat(log).catch(() => ({ size: 0 }));
  if (size <= logLimit) return size;
  await rename(log, `${log}.1`);
  return 0;
}

async function readFrom(log: string, start: number): Promise<string> {
  const file = await open(log, 'r');
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(64_000), position: start });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
