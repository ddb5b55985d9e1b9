/** Makes the data folder of a server: initdb, the role and database `telltale`, and the password beside it. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries, PostgresVersion } from './binary.ts';
import { EmbeddedFailure } from './failure.ts';
import type { Identity } from './identity.ts';
import { asServer } from './identity.ts';

export interface Premises {
  readonly directory: string;
  readonly data: string;
  readonly version: PostgresVersion;
  readonly binaries: Binaries;
  readonly identity: Identity;
}

/** The role, and the database that it is sent to when a client names none. */
export const roleName = 'telltale';

/** Makes the data folder if there is none, and returns the password of the role. */
export async function initialise(premises: Premises, fsync: boolean): Promise<string> {
  const existing = await readVersion(premises.data);
  if (existing !== undefined && existing !== String(premises.version)) throw otherVersion(premises, existing);
  const known = await readPassword(premises.directory);
  const password = known ?? randomBytes(24).toString('base64url');
  if (known === undefined) await writePassword(premises.directory, password);
  if (existing === undefined) await makeData(premises, password, fsync);
  else if (known === undefined)
    await sql(premises, premises.data, `alter role ${roleName} password '${password}'`, fsync);
  return password;
}

/** Built under another name and renamed when complete, so that a crash half-way leaves nothing that looks like data. */
async function makeData(premises: Premises, password: string, fsync: boolean): Promise<void> {
  const { directory, data, identity, binaries } = premises;
  const making = `${data}.new`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { mode: 0o700 });
  const secret = join(directory, 'password.new');
  await writeFile(secret, password, { mode: 0o600 });
  try {
    if (identity.switched) for (const path of [making, secret]) await chown(path, identity.uid, identity.gid);
    await execute(
      binaries.initdb,
      [`--pgdata=${making}`, `--pwfile=${secret}`, ...initialSettings(premises.version)],
      identity,
    );
    const file = await open(join(making, 'postgresql.conf'), 'a');
    await file.write("\ninclude_if_exists = 'telltale.conf'\n");
    await file.close();
    await sql(premises, making, `create database ${roleName}`, false);
    // Once for all that was written, and before the name says that it is complete.
    if (fsync) await execute(binaries.initdb, ['--sync-only', `--pgdata=${making}`], identity);
    await rename(making, data);
    if (fsync) await syncFolder(directory);
  } finally {
    await rm(secret, { force: true });
  }
}

/** A rename is lasting only when the folder above is written: else a power cut could take the first day's data with it. */
async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r');
  await folder.sync();
  await folder.close();
}

function initialSettings(version: PostgresVersion): string[] {
  // Code point order on every machine, whatever its libc says; 18 also knows upper and lower case beyond ASCII without libc.
  const locale = version >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  return [
    `--username=${roleName}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    ...locale,
    '--data-checksums',
    '--no-sync',
  ];
}

/** Runs one statement with no server and no driver: the single-user mode of the server program. */
async function sql({ binaries, identity }: Premises, data: string, statement: string, fsync: boolean): Promise<void> {
  await execute(
    binaries.postgres,
    ['--single', '-D', data, ...(fsync ? [] : ['-F']), 'postgres'],
    identity,
    `${statement}\n`,
  );
}

/** Runs a program of PostgreSQL to its end as the server's user; its output is quoted if it fails. */
async function execute(program: string, args: string[], identity: Identity, input = ''): Promise<void> {
  const child = spawn(program, args, {
    ...asServer(identity),
    cwd: '/',
    env: serverEnvironment(),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  // In single-user mode a failed statement is only reported.
  if (code === 0 && !/^.*\b(ERROR|FATAL):/m.test(output)) return;
  throw new EmbeddedFailure(
    'StartFailed',
    `${program} ended with code ${code}: ${output.trim().split('\n').slice(-5).join(' | ')}`,
  );
}

/** Ours without the variables by which PostgreSQL would take a port, a folder or a locale that we did not choose. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(inherited), LC_ALL: 'C' };
}

async function readVersion(data: string): Promise<string | undefined> {
  const text = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => undefined);
  return text?.trim();
}

function otherVersion({ data, version }: Premises, existing: string): EmbeddedFailure {
  return new EmbeddedFailure(
    'FolderMismatch',
    `${data} was made by PostgreSQL ${existing}, and this is ${version}: their files do not fit each other. ` +
      'Choose another folder with TELLTALE_HOME, or move this one away.',
  );
}

async function readPassword(directory: string): Promise<string | undefined> {
  const text = await readFile(join(directory, 'password'), 'utf8').catch(() => undefined);
  return text?.trim() || undefined;
}

async function writePassword(directory: string, password: string): Promise<void> {
  await writeFile(join(directory, 'password'), `${password}\n`, { mode: 0o600 });
}
