/** Runs an example as its user does: as a process of its own, which can be killed half-way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';

const root = fileURLToPath(new URL('../../', import.meta.url));

function start(script: string, url: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', '--conditions=source', `example/${script}`, ...args], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: url, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs it to its end. */
export async function runScript(
  script: string,
  url: string,
  args: readonly string[] = [],
): Promise<{ code: number | null; output: string }> {
  const child = start(script, url, args);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** Kills it, without warning, at the first output that matches; waits until the server has noticed. */
export async function killScript(
  script: string,
  { url, pool, args, at }: { url: string; pool: Pool; args: readonly string[]; at: RegExp },
): Promise<void> {
  const child = start(script, url, args);
  child.stdout?.on('data', (chunk: Buffer) => {
    if (at.test(chunk.toString())) child.kill('SIGKILL');
  });
  await once(child, 'close');
  // What the dead process had sent may still be committing.
  const others = `select from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and state <> 'idle'`;
  while ((await pool.query(others)).rowCount) await new Promise((resolve) => setTimeout(resolve, 20));
}
