/** Whether the user that the server runs as can get to a folder: root hands over to a user that /root, for one, shuts out. */
import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import { parse, relative, resolve, sep } from 'node:path';
import { EmbeddedFailure, systemCode } from './failure.ts';
import type { Identity } from './identity.ts';

/** The topmost folder on the way to `path`, itself included, that the identity may not enter; undefined when there is none. */
export async function findObstacle(path: string, identity: Identity): Promise<string | undefined> {
  if (!identity.switched) return undefined;
  const target = await realpath(path);
  for (const folder of ancestry(target)) {
    const { uid, gid, mode } = await stat(folder);
    // The last folder is listed too, the others only passed through; supplementary groups are dropped at the hand-over and do not count.
    const needed = folder === target ? 5 : 1;
    const shift = uid === identity.uid ? 6 : gid === identity.gid ? 3 : 0;
    if (((mode >> shift) & needed) !== needed) return folder;
  }
  return undefined;
}

/** Makes a folder (0700, or 0755 when the server runs as somebody else) and refuses one that the identity cannot reach. */
export async function makeReachable(path: string, identity: Identity): Promise<void> {
  const first = await makeFolder(path);
  if (first !== undefined) {
    const mode = identity.switched ? 0o755 : 0o700;
    // chmod as well: a umask of 077 would shut the server's user out of folders that we have just made for it.
    for (const folder of ancestry(path)) if (folder.length >= first.length) await chmod(folder, mode);
  }
  const obstacle = await findObstacle(path, identity);
  if (obstacle === undefined) return;
  throw new EmbeddedFailure(
    'FolderUnreachable',
    `The server cannot use ${path}: as root it runs as the user id ${identity.uid}, which may not enter ${obstacle}. ` +
      'Choose another folder with TELLTALE_HOME (for example /var/lib/telltale), or run as an ordinary user.',
  );
}

async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true });
  } catch (error) {
    throw new EmbeddedFailure(
      'FolderUnreachable',
      `The folder ${path} cannot be made (${systemCode(error) ?? 'unknown error'}). ` +
        'Choose one that you may write to with TELLTALE_HOME.',
      { cause: error },
    );
  }
}

function ancestry(path: string): string[] {
  const absolute = resolve(path);
  const { root } = parse(absolute);
  const names = relative(root, absolute).split(sep).filter(Boolean);
  return names.reduce<string[]>((found, name) => [...found, resolve(found.at(-1) ?? root, name)], [root]);
}
