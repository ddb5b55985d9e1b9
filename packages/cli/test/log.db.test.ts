/** `telltale serve --log` says what it answers, to standard error. */
import { expect, test } from 'vitest';
import { useDatabase } from '../../../test/database.ts';
import { start } from './telltale.ts';

const database = useDatabase('serve log');

test('with --log every request is a line of JSON on standard error', async () => {
  const { child, ended, stdout, says } = start(['serve', '--port', '0', '--log', 'info'], {
    database: database.url,
    env: { TELLTALE_SECRET: 'x'.repeat(40) },
  });
  await says(/Serving .* at http/);
  const url = /at (http:\/\/\S+);/.exec(stdout())?.[1] ?? '';
  await fetch(`${url}/api/v1/events?text=secret`);
  child.kill('SIGTERM');

  const { code, stderr } = await ended;

  expect(code).toBe(0);
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
  expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
    expect.objectContaining({ msg: 'answered', method: 'GET', route: '/api/v1/events', status: 401 }),
  );
  expect(stderr).not.toContain('secret');
});
