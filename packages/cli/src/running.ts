/**
 * The note that `telltale start` leaves in its data folder while it runs: where the embedded PostgreSQL listens. Every
 * other command reads it when nobody names a database. It holds a password, so only its owner may read it.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Running {
  readonly url: string;
  /** The process that keeps the server. */
  readonly pid: number;
}

const noteOf = (directory: string): string => join(directory, 'running.json');

export function noteRunning(directory: string, running: Running): void {
  const path = noteOf(directory);
  // Renamed into place: a command that reads at this very moment sees the whole note or none.
  writeFileSync(`${path}.new`, `${JSON.stringify(running)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function forgetRunning(directory: string): void {
  rmSync(noteOf(directory), { force: true });
}

/** The note, unless there is none or the process that wrote it is gone (it was killed, and its server with it). */
export function readRunning(directory: string): Running | undefined {
  let text: string;
  try {
    text = readFileSync(noteOf(directory), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  const note = JSON.parse(text) as Running;
  return isAlive(note.pid) ? note : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
