/** `telltale start` on an embedded server: it runs, others find it, it stops, and it goes on with the same data. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { temporaryDirectory } from '@telltale/embedded';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../../test/database.ts';
import { start, telltale } from './telltale.ts';

async function newHome(): Promise<string> {
  const home = await temporaryDirectory('telltale-start');
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return home;
}

/** Processes that work in a folder: a server left behind would be one. */
function processesIn(folder: string): string[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

/** Where the log stood when it was last said. */
const headIn = (text: string): number => Number((/.*log 0 at ([\d,]+)/s.exec(text)?.[1] ?? '0').replaceAll(',', ''));

test('it runs for as long as it is told, stops its server, and goes on with the same data', async () => {
  const directory = await newHome();
  const args = ['start', '--directory', directory, '--seconds', '5', '--devices', '20', '--rate', '100'];

  const first = await telltale(args);
  const left = processesIn(directory);
  const second = await telltale(args);

  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(/Migrated .*: \d+ migrations and the event types\./);
  expect(first.stdout).toMatch(/^5 s: [\d,]+ events, \d+ events\/s, log 0 at [\d,]+, \d+ of 20 devices online$/m);
  expect(first.stdout).toContain(`Stopped. The data stay in ${directory}.`);
  expect(left).toEqual([]);
  expect(existsSync(join(directory, 'running.json'))).toBe(false);
  expect(second.code).toBe(0);
  expect(second.stdout).not.toContain('Migrated');
  expect(headIn(second.stdout)).toBeGreaterThan(headIn(first.stdout));
}, 180_000);

test('other commands find it while it runs, work as the application, and see that all is well', async () => {
  const directory = await newHome();
  const { child, ended, says } = start(['start', '--devices', '10', '--rate', '50'], {
    env: { TELLTALE_HOME: directory },
  });
  await says(/Running on PostgreSQL/);
  const env = { TELLTALE_HOME: directory };

  const doctor = await telltale(['doctor'], { env });
  const tail = await telltale(['tail', '--no-follow', '--type', 'device.created', '-n', '1', '--directory', directory]);
  const twice = await telltale(['start'], { env });
  child.kill('SIGINT');

  expect(doctor).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/ok +role +telltale_application[\s\S]*All is well/) as string,
  });
  expect(tail.stdout).toContain('device.created');
  expect(twice).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^telltale: The PostgreSQL server of .* is already run/) as string,
  });
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
  expect(processesIn(directory)).toEqual([]);
  const after = await telltale(['doctor'], { env });
  expect(after.stderr).toContain('No database to work with');
}, 180_000);

test('the HTTP API that it serves answers to the token that it prints, and the secret outlasts restarts', async () => {
  const directory = await newHome();
  const args = ['start', '--directory', directory, '--devices', '10', '--rate', '50', '--port', '0'];
  const first = start(args);
  await first.says(/Running on PostgreSQL[^]*limit=3'/);
  const url = /HTTP API at (\S+),/.exec(first.stdout())?.[1] ?? '';
  const token = /^(ey\S+)$/m.exec(first.stdout())?.[1] ?? '';
  const ask = async (at: string): Promise<number> =>
    (await fetch(`${at}/api/v1/events?limit=3`, { headers: { authorization: `Bearer ${token}` } })).status;

  const [printed] = /curl -H .*limit=3'/.exec(first.stdout()) ?? [''];
  const found = async (): Promise<number> => {
    const { stdout } = await promisify(execFile)('sh', ['-c', printed.replace('curl', 'curl -s')]);
    return (JSON.parse(stdout) as { events: unknown[] }).events.length;
  };
  // The fleet may not have begun yet.
  await expect.poll(found, { timeout: 30_000 }).toBe(3);
  const status = await ask(url);
  const secret = readFileSync(join(directory, 'secret'), 'utf8');
  first.child.kill('SIGTERM');
  await first.ended;
  const second = start(args);
  await second.says(/Running on PostgreSQL/);
  const again = await ask(/HTTP API at (\S+),/.exec(second.stdout())?.[1] ?? '');
  second.child.kill('SIGINT');

  expect([status, again]).toEqual([200, 200]);
  expect(['secret', 'token'].map((name) => statSync(join(directory, name)).mode & 0o777)).toEqual([0o600, 0o600]);
  expect(readFileSync(join(directory, 'secret'), 'utf8')).toBe(secret);
  expect(await second.ended).toMatchObject({ code: 0, stderr: '' });
}, 180_000);

test('Ctrl-C while it starts ends it cleanly too', async () => {
  const directory = await newHome();
  const { child, ended, says } = start(['start', '--directory', directory]);
  await says(/Starting PostgreSQL/);

  child.kill('SIGINT');

  expect(await ended).toMatchObject({ code: 0, stderr: '' });
  expect(processesIn(directory)).toEqual([]);
}, 120_000);

test('a second Ctrl-C does not wait, and the server ends all the same', async () => {
  const directory = await newHome();
  const { child, ended, says } = start(['start', '--directory', directory, '--devices', '10', '--rate', '50']);
  await says(/Running on PostgreSQL/);

  child.kill('SIGINT');
  await sleep(5);
  child.kill('SIGINT');

  expect([0, 130]).toContain((await ended).code);
  await expect.poll(() => processesIn(directory), { timeout: 30_000 }).toEqual([]);
}, 120_000);

test('a reader that goes away stops it, cleanly', async () => {
  const directory = await newHome();
  const { child, ended, says } = start(['start', '--directory', directory, '--devices', '10', '--rate', '50']);
  await says(/Running on PostgreSQL/);

  child.stdout.destroy();

  expect(await ended).toMatchObject({ code: 0, stderr: '' });
  expect(processesIn(directory)).toEqual([]);
}, 120_000);

test('killed without warning it leaves no server running, and starts again on what it had', async () => {
  const directory = await newHome();
  const args = ['start', '--directory', directory, '--devices', '10', '--rate', '50', '--seconds', '3'];
  const { child, ended, says } = start(args.slice(0, -2));
  await says(/Running on PostgreSQL/);

  child.kill('SIGKILL');
  await ended;

  await expect.poll(() => processesIn(directory), { timeout: 30_000 }).toEqual([]);
  expect(await telltale(args)).toMatchObject({ code: 0, stderr: '' });
}, 180_000);

test('it works on a server of the user, and leaves that running', async () => {
  const { url } = await createDatabase('start on a given server', { empty: true });

  const { code, stdout, stderr } = await telltale(['start', '--seconds', '3', '--devices', '10', '--rate', '50'], {
    database: url,
  });

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('export DATABASE_URL=');
  expect(stdout).not.toContain('Stopping PostgreSQL');
  expect((await telltale(['verify'], { database: url })).stdout).toMatch(/events verified, each as it was recorded/);
}, 120_000);
