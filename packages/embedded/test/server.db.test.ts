/** The life of an embedded server: start, stop, crash, a second start, a lost password, a taken port. */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startPostgres } from '@telltale/embedded';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, keep, makeDirectory, shareDirectory, start } from './premises.ts';
import { runProgram } from './program-run.ts';

async function listen(): Promise<number> {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const address = other.address();
  return typeof address === 'object' && address ? address.port : 0;
}

describe.each([18, 15] as const)('PostgreSQL %i', (version) => {
  const directory = shareDirectory();

  test('it is of the version that was asked for, with a database of its own, on loopback alone', async () => {
    const { url } = await start({ directory: directory(), version });

    expect(await ask(url, `select current_setting('server_version_num')::int / 10000`)).toBe(version);
    expect(await ask(url, `select current_database() || ' ' || session_user`)).toBe('telltale telltale');
    expect(await ask(url, `select current_setting('listen_addresses')`)).toBe('127.0.0.1');
    expect(await ask(url, `select current_setting('unix_socket_directories')`)).toBe('');
  });

  test('text is UTF-8, compared by code point, and pages have checksums', async () => {
    const { url } = await start({ directory: directory(), version });

    expect(await ask(url, `select current_setting('server_encoding') || current_setting('data_checksums')`)).toBe(
      'UTF8on',
    );
    expect(await ask(url, `select string_agg(x, '' order by x) from unnest(array['a', 'B', 'é', 'Z']) x`)).toBe('BZaé');
  });

  test('data, address and password survive a stop', async () => {
    const first = await start({ directory: directory(), version });
    const value = await keep(first.url);
    await first.stop();

    const second = await start({ directory: directory(), version });

    expect(second.url).toBe(first.url);
    expect(await ask(second.url, 'select value from kept')).toBe(value);
  });

  test('what was committed survives SIGKILL of the postmaster', async () => {
    const server = await start({ directory: directory(), version, fsync: true });
    const value = await keep(server.url);
    const before = server.pid;

    await server.kill();
    await server.restart();

    expect(server.pid).not.toBe(before);
    expect(await ask(server.url, 'select value from kept')).toBe(value);
  });

  test('the data of another major version is refused, and left alone', async () => {
    const first = await start({ directory: directory(), version });
    const value = await keep(first.url);
    await first.stop();

    const other = startPostgres({ directory: directory(), version: version === 18 ? 15 : 18 });

    await expect(other).rejects.toMatchObject({ code: 'FolderMismatch' });
    const { url } = await start({ directory: directory(), version });
    expect(await ask(url, 'select value from kept')).toBe(value);
  });
});

describe('in one folder', () => {
  const directory = shareDirectory();

  test('a back end that is deep in a query when the postmaster is killed does not keep the server from coming back', async () => {
    const server = await start({ directory: directory() });
    const busy = ask(server.url, 'select count(*) from generate_series(1, 1e12)').catch(() => 'ended');
    const question = `select count(*)::int from pg_stat_activity where query like '%1e12%'`;
    await expect.poll(() => ask(server.url, question), { timeout: 30_000 }).toBe(2);

    await server.kill();
    await server.restart();

    expect(await ask(server.url, 'select 1')).toBe(1);
    expect(await busy).toBe('ended');
  });

  test('a postmaster.pid left by a crash, whose number another program has by now, is no obstacle', async () => {
    const first = await start({ directory: directory() });
    const path = join(directory(), 'data', 'postmaster.pid');
    const left = await readFile(path, 'utf8');
    await first.kill();
    await writeFile(path, left.replace(/^\d+/, String(process.ppid)));

    const second = await start({ directory: directory() });

    expect(await ask(second.url, 'select 1')).toBe(1);
  });

  test('a second start says which process runs the server and where', async () => {
    const server = await start({ directory: directory() });

    const second = await runProgram({ options: { directory: directory() } });

    expect(second.answer.error).toContain(`run on 127.0.0.1:${server.port} by process ${process.pid}`);
    await expect(startPostgres({ directory: directory() })).rejects.toMatchObject({ code: 'AlreadyRunning' });
  });

  test('the password is for our eyes only, and a lost one is replaced', async () => {
    const first = await start({ directory: directory() });
    await first.stop();
    const path = join(directory(), 'password');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await rm(path);

    const second = await start({ directory: directory() });

    expect(second.url).not.toBe(first.url);
    expect(await ask(second.url, 'select 1')).toBe(1);
  });

  test('a wrong password is refused', async () => {
    const { url } = await start({ directory: directory() });
    const wrong = new URL(url);
    wrong.password = 'guess';

    await expect(ask(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('a port that is asked for and taken is an error', async () => {
    const port = await listen();

    await expect(startPostgres({ directory: directory(), port })).rejects.toMatchObject({ code: 'PortTaken' });
  });

  test('a remembered port that is taken by now is replaced', async () => {
    const port = await listen();
    await writeFile(join(directory(), 'port'), String(port));

    const server = await start({ directory: directory() });

    expect(server.port).not.toBe(port);
    expect(await ask(server.url, 'select 1')).toBe(1);
  });

  test('settings of the caller win over the defaults, and ALTER SYSTEM over both', async () => {
    const settings = { work_mem: '7MB', application_name: `it's` };
    const server = await start({ directory: directory(), settings });
    expect(await ask(server.url, `select current_setting('work_mem') || ' ' || current_setting('jit')`)).toBe(
      '7MB off',
    );
    expect(await ask(server.url, `select reset_val from pg_settings where name = 'application_name'`)).toBe(`it's`);

    await ask(server.url, `alter system set work_mem = '9MB'`);
    await server.restart();

    expect(await ask(server.url, `select current_setting('work_mem')`)).toBe('9MB');
  });

  test('a setting that PostgreSQL refuses is quoted in the error', async () => {
    const refused = startPostgres({ directory: directory(), settings: { shared_buffers: 'plenty' } });

    await expect(refused).rejects.toThrow(/"shared_buffers": "plenty"/);
  });
});

test('of two processes that start in one empty folder at the same time, one runs it and the other is told', async () => {
  const options = { directory: await makeDirectory(), fsync: false };

  const runs = await Promise.all([runProgram({ options }), runProgram({ options })]);

  const errors = runs.map(({ answer }) => answer.error).filter((error) => error !== undefined);
  expect(errors).toEqual([expect.stringContaining('already run')]);
});
