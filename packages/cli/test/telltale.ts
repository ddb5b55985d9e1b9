/** Runs the built command as a process of its own: what it prints, and how it ends. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const program = fileURLToPath(new URL('../bin/telltale.mjs', import.meta.url));

// Built and not from the source: tsx takes two seconds longer to start, and these tests start it a hundred times.
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'packages/cli'], { cwd: root });

export interface RunOptions {
  /** Address of the database; none is inherited. */
  readonly database?: string;
  readonly input?: string;
  readonly env?: Record<string, string>;
}

export interface Ended {
  /** Exit code, or the name of the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** What it has printed so far. */
  readonly stdout: () => string;
  /** Waits until it has printed something like this. */
  readonly says: (text: string | RegExp) => Promise<void>;
}

/** Starts a command; it is killed with the test if it still runs. */
export function start(args: readonly string[], options: RunOptions = {}): Running {
  const { DATABASE_URL: _url, TELLTALE_HOME: _home, FORCE_COLOR: _colour, ...inherited } = process.env;
  const env = {
    ...inherited,
    ...(options.database !== undefined && { DATABASE_URL: options.database }),
    ...options.env,
  };
  const child = spawn(process.execPath, [program, ...args], { cwd: root, env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  // A command that ends before it has read everything closes the pipe.
  child.stdin.on('error', () => undefined);
  if (options.input !== undefined) child.stdin.end(options.input);
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code: code ?? signal, ...output }));
  const says = (text: string | RegExp): Promise<void> =>
    expect.poll(() => output.stdout, { timeout: 40_000, interval: 50 }).toMatch(text);
  return { child, ended, stdout: () => output.stdout, says };
}

/** Runs a command to its end, with nothing on its stdin unless given. */
export function telltale(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(args, { input: '', ...options }).ended;
}

/** A folder that goes with the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
