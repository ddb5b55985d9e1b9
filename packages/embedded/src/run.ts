/** A running postmaster: how it is ended, and what ends it when this process is gone without a word. */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Premises } from './initialise.ts';
import { endServerProcesses, signal } from './postmaster.ts';

/** smart waits for clients to leave, fast sends them away, immediate crashes and recovers at the next start. */
export type StopMode = 'smart' | 'fast' | 'immediate';

/** Each step gets its time, then the next follows. 60 s: the last checkpoint writes up to the shared buffers to a slow disk. */
const ladder: readonly (readonly [StopMode | 'kill', NodeJS.Signals, number])[] = [
  ['smart', 'SIGTERM', 60_000],
  ['fast', 'SIGINT', 60_000],
  ['immediate', 'SIGQUIT', 10_000],
  ['kill', 'SIGKILL', 10_000],
];

const running = new Set<ServerRun>();

/** The last thing that this process can do: ask for a fast stop, which PostgreSQL then finishes alone. */
function askAllToStop(): void {
  for (const run of running) signal(run.pid, 'SIGINT');
}

export class ServerRun {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #premises: Premises;
  readonly #exited: Promise<void>;

  /** Takes over right after the spawn, so that no moment is left in which the server could be orphaned. */
  constructor(child: ChildProcess, premises: Premises) {
    this.pid = child.pid ?? 0;
    this.#child = child;
    this.#premises = premises;
    const guard = keepGuard(this.pid);
    if (running.size === 0) process.once('exit', askAllToStop);
    running.add(this);
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => {
        guard.kill('SIGKILL');
        running.delete(this);
        if (running.size === 0) process.off('exit', askAllToStop);
        resolve();
      });
    });
    // A program that has nothing left to do ends, and its server with it.
    child.unref();
  }

  get isOver(): boolean {
    return !running.has(this);
  }

  /** Ends the server and waits for it, going up the ladder from `first` when it takes too long. Safe to call twice. */
  async end(first: StopMode | 'kill'): Promise<void> {
    this.#child.ref();
    for (const [, name, time] of ladder.slice(ladder.findIndex(([mode]) => mode === first))) {
      if (!this.isOver) signal(this.pid, name);
      const abort = new AbortController();
      const late = sleep(time, true, { signal: abort.signal }).catch(() => false);
      const ended = await Promise.race([this.#exited.then(() => true), late.then(() => false)]);
      abort.abort();
      if (ended) break;
    }
    await endServerProcesses(this.#premises.data, this.#premises.identity, 1_000);
  }
}

/** A shell that reads from us until we are gone, even by SIGKILL, and then asks the server to stop: no orphan stays behind. */
function keepGuard(pid: number): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', 'read -r line; kill -INT "$0" 2>/dev/null', String(pid)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined);
  guard.unref();
  guard.stdin.on('error', () => undefined);
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  return guard;
}
