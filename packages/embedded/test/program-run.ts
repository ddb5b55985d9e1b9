/** Runs program.ts in a process of its own and hands over what it answers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ProgramOrder } from './program.ts';

export interface ProgramRun {
  readonly pid: number;
  readonly answer: { readonly url: string; readonly pid: number; readonly error?: string };
  /** Sends a signal and waits for the end of the program. */
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
}

const entry = new URL('../src/index.ts', import.meta.url).href;

/** Starts the program, through the command `prefix` if there is one, waits for its one line, and sees to it that it ends with the test. */
export async function runProgram(
  order: Omit<ProgramOrder, 'entry'> & { readonly entry?: string },
  env: NodeJS.ProcessEnv = process.env,
  prefix: readonly string[] = [],
): Promise<ProgramRun> {
  const loader = createRequire(import.meta.url).resolve('tsx');
  const program = fileURLToPath(new URL('program.ts', import.meta.url));
  const [command, ...first] = [...prefix, process.execPath];
  const child = spawn(command, [...first, '--import', loader, program, JSON.stringify({ entry, ...order })], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await closed;
  };
  onTestFinished(() => end('SIGTERM'));
  const [line]: string[] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { pid: child.pid ?? 0, answer: JSON.parse(line ?? ''), end };
}
