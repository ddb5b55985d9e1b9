/** Where data goes when nobody says where. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { cacheDirectory, defaultDirectory } from '../src/directory.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function beUser(uid: number): void {
  vi.spyOn(process, 'getuid').mockReturnValue(uid);
  vi.stubEnv('TELLTALE_HOME', undefined);
  vi.stubEnv('XDG_DATA_HOME', undefined);
  vi.stubEnv('XDG_CACHE_HOME', undefined);
}

test('TELLTALE_HOME wins, and is made absolute', () => {
  vi.stubEnv('TELLTALE_HOME', 'here/below');

  expect(defaultDirectory()).toBe(resolve('here/below'));
  expect(cacheDirectory()).toBe(resolve('here/below/cache'));
});

test('root keeps data where daemons do, because other users cannot enter its home', () => {
  beUser(0);

  expect(defaultDirectory()).toBe('/var/lib/telltale');
  expect(cacheDirectory()).toBe('/var/cache/telltale');
});

test('an ordinary user keeps data under the home folder', () => {
  beUser(1000);

  expect(defaultDirectory()).toBe(join(homedir(), '.local/share/telltale'));
  expect(cacheDirectory()).toBe(join(homedir(), '.cache/telltale'));
});

test('XDG folders are taken when they are absolute, and ignored when they are not', () => {
  beUser(1000);
  vi.stubEnv('XDG_DATA_HOME', '/data');
  vi.stubEnv('XDG_CACHE_HOME', 'cache');

  expect(defaultDirectory()).toBe('/data/telltale');
  expect(cacheDirectory()).toBe(join(homedir(), '.cache/telltale'));
});
