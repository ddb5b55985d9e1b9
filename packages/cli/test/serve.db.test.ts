/** `telltale serve` and `telltale token`: a server that refuses to run without a secret, serves, and stops when told to. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@telltale/protocol';
import { expect, test } from 'vitest';
import { useDatabase } from '../../../test/database.ts';
import { newFolder, start, telltale } from './telltale.ts';

const secret = 'a secret of the test, nobody else has it';
const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
const event = { event_type: 'device.rebooted', device_uuid: device, data: {} };

const database = useDatabase('serve');

function secretFile(text = secret): string {
  const path = join(newFolder(), 'secret');
  writeFileSync(path, `${text}\n`);
  return path;
}

test('without a secret, or with a short one, it says in one sentence how to make one', async () => {
  const [none, short] = await Promise.all([
    telltale(['serve'], { database: database.url }),
    telltale(['serve', '--secret-file', secretFile('short')], { database: database.url }),
  ]);

  expect(none).toMatchObject({ code: 1, stdout: '' });
  expect(none.stderr).toMatch(
    /^telltale: The server needs a secret of at least 32 characters, and there is none: .*\n$/,
  );
  expect(short).toMatchObject({ code: 1, stderr: expect.stringContaining('it is shorter: make one with') as string });
});

test('it serves the database to tokens of its secret, and SIGTERM ends it cleanly with a stream open', async () => {
  const file = secretFile();
  const { child, ended, stdout, says } = start(['serve', '--port', '0', '--secret-file', file], {
    database: database.url,
  });
  await says(/Serving .* at http/);
  const url = /at (http:\/\/\S+);/.exec(stdout())?.[1] ?? '';
  const token = await telltale(['token', '--role', 'operator', '--tenant', 'acme', '--secret-file', file]);
  const client = createClient({ url, token: token.stdout.trim(), retries: 0 });
  const stop = new AbortController();
  const streaming = new Promise<void>((resolve) => {
    const stream = client.follow({ signal: stop.signal, onCursor: () => resolve() });
    void stream.next().catch(() => undefined);
  });

  const { receipts } = await client.publish(event);
  const { events } = await client.searchEvents({ query: { deviceUuid: device } });
  await streaming;
  child.kill('SIGTERM');

  expect(receipts).toEqual([expect.objectContaining({ status: 'stored' })]);
  expect(events).toEqual([expect.objectContaining({ event_type: 'device.rebooted', tenant: 'acme' })]);
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
  stop.abort();
});

test('the secret may come from the environment, and tokens of another one are refused', async () => {
  const { child, ended, stdout, says } = start(['serve', '--port', '0'], {
    database: database.url,
    env: { TELLTALE_SECRET: secret },
  });
  await says(/Serving .* at http/);
  const url = /at (http:\/\/\S+);/.exec(stdout())?.[1] ?? '';
  const foreign = await telltale(['token', '--tenant', 'acme', '--secret-file', secretFile(`${secret} or not`)]);

  const call = createClient({ url, token: foreign.stdout.trim(), retries: 0 }).getIdentity();

  await expect(call).rejects.toMatchObject({ code: 'Unauthenticated' });
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});

test('a token says who, what and for how long, and a device token for which device', async () => {
  const { stdout } = await telltale(
    ['token', '--subject', 'gateway', '--role', 'device', '--device', device, '--tenant', 'acme', '--days', '2'],
    { env: { TELLTALE_SECRET: secret } },
  );

  const claims = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString()) as Record<string, number>;
  expect(claims).toMatchObject({ sub: 'gateway', roles: ['device'], tenant: 'acme', device });
  expect(Math.abs((claims['exp'] as number) - Date.now() / 1000 - 2 * 86_400)).toBeLessThan(120);
});

test('a port that is taken, and a role that does not exist, are said in a sentence', async () => {
  const file = secretFile();
  const first = start(['serve', '--port', '0', '--secret-file', file], { database: database.url });
  await first.says(/Serving .* at http/);
  const port = /:(\d+);/.exec(first.stdout())?.[1] ?? '';

  const [second, token] = await Promise.all([
    telltale(['serve', '--port', port, '--secret-file', file], { database: database.url }),
    telltale(['token', '--role', 'king', '--secret-file', file]),
  ]);
  first.child.kill('SIGTERM');

  expect(second).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`Port ${port} of 127.0.0.1 is taken`) as string,
  });
  expect(token.code).not.toBe(0);
  expect(token.stderr).toContain('Allowed choices are viewer, operator, auditor, admin, device');
  await first.ended;
});

test('a file of options sets limits, and what it should not say is named with the file', async () => {
  const file = secretFile();
  const [good, bad] = ['{"limits":{"batchEvents":1},"store":{"connections":3}}', '{"limits":{"batchEvent":1}}'].map(
    (text) => {
      const path = join(newFolder(), 'serve.json');
      writeFileSync(path, text);
      return path;
    },
  );
  const { child, ended, stdout, says } = start(['serve', '--port', '0', '--secret-file', file, '--config', `${good}`], {
    database: database.url,
  });
  await says(/Serving .* at http/);
  const url = /at (http:\/\/\S+);/.exec(stdout())?.[1] ?? '';
  const token = await telltale(['token', '--role', 'operator', '--tenant', 'acme', '--secret-file', file]);
  const client = createClient({ url, token: token.stdout.trim(), retries: 0 });

  await expect(client.publish([event, event])).rejects.toMatchObject({ code: 'BatchTooLarge' });
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);

  expect(
    await telltale(['serve', '--port', '0', '--secret-file', file, '--config', `${bad}`], { database: database.url }),
  ).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`${bad}: /limits/batchEvent: expected one of`) as string,
  });
});
