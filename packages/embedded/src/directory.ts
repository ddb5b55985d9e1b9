/** Where data, copies of binaries and throw-away servers are kept when nobody says where. */
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EmbeddedFailure } from './failure.ts';
import { serverIdentity } from './identity.ts';
import { isAlive } from './postmaster.ts';
import { makeReachable } from './reach.ts';

/** TELLTALE_HOME, else /var/lib/telltale for root, else XDG_DATA_HOME/telltale, else ~/.local/share/telltale. */
export function defaultDirectory(): string {
  const chosen = process.env['TELLTALE_HOME'];
  if (chosen) return resolve(chosen);
  if (process.getuid?.() === 0) return '/var/lib/telltale';
  return underHome('XDG_DATA_HOME', '.local/share');
}

/** Where copies of the binaries go, when those of the npm package cannot be used in place. */
export function cacheDirectory(): string {
  const chosen = process.env['TELLTALE_HOME'];
  if (chosen) return resolve(chosen, 'cache');
  if (process.getuid?.() === 0) return '/var/cache/telltale';
  return underHome('XDG_CACHE_HOME', '.cache');
}

function underHome(variable: string, fallback: string): string {
  const chosen = process.env[variable];
  // The XDG specification says to ignore relative paths.
  if (chosen?.startsWith('/')) return join(chosen, 'telltale');
  try {
    return join(homedir(), fallback, 'telltale');
  } catch {
    throw new EmbeddedFailure(
      'FolderUnreachable',
      'This user has no home folder. Say where to keep the data with TELLTALE_HOME.',
    );
  }
}

/**
 * Makes a fresh folder that the server's user can reach, and removes those that dead processes have left under this name.
 * The caller removes it. TMPDIR alone would not do: it may be private to root, or missing.
 */
export async function temporaryDirectory(name: string): Promise<string> {
  const identity = await serverIdentity();
  for (const parent of [tmpdir(), '/var/tmp', join(defaultDirectory(), 'temporary')]) {
    const folder = await makeReachable(parent, identity).then(
      () => mkdtemp(join(parent, `${name}-${process.pid}-`)),
      () => undefined,
    );
    if (folder === undefined) continue;
    // mkdtemp makes it 0700, for root alone.
    if (identity.switched) await chmod(folder, 0o755);
    await sweep(parent, `${name}-`);
    return folder;
  }
  throw new EmbeddedFailure(
    'FolderUnreachable',
    'No temporary folder can be used. Set TMPDIR to a folder that every user may enter.',
  );
}

async function sweep(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    if (!name.startsWith(prefix) || !(pid > 0) || isAlive(pid)) continue;
    // Folders of other users stay, and another process may be sweeping too.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
  }
}
