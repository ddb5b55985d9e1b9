/** Which process runs the server of a folder: one at a time, and a dead one is succeeded without a word. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedFailure } from './failure.ts';
import { readPostmasterFile } from './postmaster.ts';

interface Owner {
  readonly pid: number;
  /** When the process began, in the system's own words: tells it from a later process with the same pid. */
  readonly began: string;
}

/** Claims the folder for this process, or throws AlreadyRunning. */
export async function claim(directory: string, data: string): Promise<void> {
  const path = join(directory, 'owner');
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify({ pid: process.pid, began: beginning(process.pid) ?? '' } satisfies Owner));
  try {
    for (;;) {
      // link and not write: it takes the name only if it is free, and the file is never seen half-written.
      if (await link(mine, path).then(() => true, isTaken)) return;
      await succeed(path, directory, data);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

export async function release(directory: string): Promise<void> {
  await rm(join(directory, 'owner'), { force: true });
}

/** Takes the name from a dead owner by renaming, which only one of several successors can do. */
async function succeed(path: string, directory: string, data: string): Promise<void> {
  const owner = await readOwner(path);
  if (owner === undefined) return;
  if (lives(owner)) throw await alreadyRunning(owner, directory, data);
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(() => undefined);
  const taken = await readOwner(aside);
  // Between the look and the rename another successor may have moved in: give it its name back.
  if (taken && lives(taken)) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

function isTaken(error: NodeJS.ErrnoException): false {
  if (error.code === 'EEXIST') return false;
  throw error;
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const owner: Owner = JSON.parse(await readFile(path, 'utf8'));
    return owner;
  } catch {
    return undefined;
  }
}

function lives(owner: Owner): boolean {
  return beginning(owner.pid) === owner.began;
}

/** The start time of a process, or undefined when there is no such process. */
function beginning(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    // Field 22, counted after the name in brackets, which may itself hold spaces and brackets; a zombie (Z) lives no more.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return fields?.[0] === 'Z' ? undefined : fields?.[19];
  } catch {
    return undefined;
  }
}

async function alreadyRunning(owner: Owner, directory: string, data: string): Promise<EmbeddedFailure> {
  const file = await readPostmasterFile(data);
  const where = file ? ` on 127.0.0.1:${file.port}` : '';
  return new EmbeddedFailure(
    'AlreadyRunning',
    `The PostgreSQL server of ${directory} is already run${where} by process ${owner.pid}. ` +
      'Stop that one first, or choose another folder with TELLTALE_HOME.',
  );
}
