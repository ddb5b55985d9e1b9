/** Another process of a test: a program beside this file, told what to do in JSON, answering in lines of JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface Child {
  /** Asks it to finish, and waits until it has. @throws when it ends by an error. */
  finish(): Promise<void>;
  /** `kill -9`: not a word to anybody. What it printed before is still handed over. */
  kill(): Promise<void>;
  /** Resolves with the first line. */
  readonly started: Promise<void>;
}

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Starts `program` (an address beside the caller's file); every line that it prints goes to `onLine`. */
export function startChild(program: URL, task: object, onLine: (line: unknown) => void): Child {
  // Not the tsx command, whose process would be the parent of the one to be killed.
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', fileURLToPath(program), JSON.stringify(task)],
    { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  });
  const lines = createInterface({ input: child.stdout });
  const closed = once(lines, 'close');
  lines.on('line', (line) => onLine(JSON.parse(line)));
  return {
    started: once(lines, 'line').then(() => undefined),
    finish: async () => {
      child.stdin.end();
      const [code] = await exited;
      await closed;
      if (code !== 0) throw new Error(`expected ${program.pathname} to end with 0 (found: ${code})`);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
      await closed;
    },
  };
}
