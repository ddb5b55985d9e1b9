/** The operating system user that the server runs as: PostgreSQL refuses uid 0, so root hands over to somebody lesser. */
import { execFileSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { EmbeddedFailure } from './failure.ts';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** True when this process is root and the server therefore runs as somebody else. */
  readonly switched: boolean;
}

/** The options of spawn that hand a program over to this user. */
export function asServer({ uid, gid, switched }: Identity): { uid?: number; gid?: number } {
  return switched ? { uid, gid } : {};
}

/** Picks the owner of existing data, else ourselves, else (as root) `postgres`, else `nobody`. Creates no user. */
export async function serverIdentity(data?: string): Promise<Identity> {
  if (process.platform === 'win32' || !process.getuid || !process.getgid) {
    throw new EmbeddedFailure(
      'NotSupported',
      'The embedded PostgreSQL runs on Linux and macOS (found Windows). Use WSL, or set DATABASE_URL to a server of yours.',
    );
  }
  const own = { uid: process.getuid(), gid: process.getgid() };
  const owner = data === undefined ? undefined : await stat(data).catch(() => undefined);
  if (own.uid !== 0) {
    if (data !== undefined && owner && owner.uid !== own.uid) throw foreignData(data, owner.uid, own.uid);
    requireName(own.uid);
    return { ...own, switched: false };
  }
  // 0: initdb was killed between mkdir and chown; the folder is made anew.
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, switched: true };
  return { ...unprivilegedUser(), switched: true };
}

function unprivilegedUser(): { uid: number; gid: number } {
  for (const name of ['postgres', 'nobody']) {
    const uid = askId('-u', name);
    const gid = askId('-g', name);
    if (uid !== undefined && gid !== undefined && uid !== 0) return { uid, gid };
  }
  throw new EmbeddedFailure(
    'NotSupported',
    'PostgreSQL refuses to run as root, and this machine has neither a user "postgres" nor "nobody" to run it as. ' +
      'Add one of them, run as an ordinary user, or set DATABASE_URL to a server of yours.',
  );
}

/** initdb looks its user up by id and gives up without a name, as under `docker run --user 12345`. */
function requireName(uid: number): void {
  if (id('-un') !== undefined) return;
  throw new EmbeddedFailure(
    'NotSupported',
    `PostgreSQL needs a user with a name, and the user id ${uid} has none. ` +
      'Add it to /etc/passwd, run as another user, or set DATABASE_URL to a server of yours.',
  );
}

function foreignData(data: string, owner: number, uid: number): EmbeddedFailure {
  return new EmbeddedFailure(
    'FolderUnreachable',
    `${data} belongs to the user id ${owner}, and this process runs as ${uid}. ` +
      'Run as that user, or choose another folder with TELLTALE_HOME.',
  );
}

function askId(flag: '-u' | '-g', name: string): number | undefined {
  const answer = id(flag, name);
  return answer === undefined ? undefined : Number.parseInt(answer, 10);
}

/** `id` and not /etc/passwd: it also knows users of directory services and of macOS. */
function id(...args: string[]): string | undefined {
  try {
    return execFileSync('id', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
