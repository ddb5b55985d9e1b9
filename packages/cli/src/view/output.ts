/** Writing results to stdout, and what is said about them to stderr. */
import { once } from 'node:events';

/** A line of the result. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Lines of the result; waits while a slow reader of the pipe has enough, so that memory does not fill. */
export async function printAll(lines: readonly string[]): Promise<void> {
  if (lines.length === 0 || process.stdout.destroyed) return;
  if (!process.stdout.write(`${lines.join('\n')}\n`)) {
    await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]).catch(() => undefined);
  }
}

/** A remark about the result, which no pipe takes for part of it. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}
