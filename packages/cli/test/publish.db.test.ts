/** `telltale publish`: one event, many, bad ones, and a feed whose process is killed again and again. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { createDatabase, useDatabase } from '../../../test/database.ts';
import { newFolder, start, telltale } from './telltale.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows.map(([value]) => value);
  } finally {
    await client.end();
  }
}

const statuses = (url: string): Promise<unknown[]> =>
  ask(url, `select data ->> 'status' from telltale.events where event_type = 'device.heartbeat' order by position`);

const heartbeat = (status: string): string =>
  JSON.stringify({ event_type: 'device.heartbeat', device_uuid: device, data: { status } });

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => heartbeat(`line ${index + 1}`));

describe('one event', () => {
  const database = useDatabase('publish one');

  test('is published from flags, with its actor, severity, tags and story', async () => {
    const story = '0192f0c1-7a52-7c3e-9b1a-000000000001';
    const args = [
      '--type',
      'device.rebooted',
      '--device',
      device,
      '--data',
      '{"trigger":"user"}',
      '--severity',
      'error',
    ];
    const who = [
      '--actor',
      'user:anna',
      '--tag',
      'site=lab',
      '--tag',
      'a=b=c',
      '--source',
      'desk',
      '--correlation',
      story,
    ];

    const { code, stdout } = await telltale(['publish', ...args, ...who], { database: database.url });

    expect(stdout).toMatch(/^[0-9a-f-]{36} stored: position 1 of log 0\.\n$/);
    expect(code).toBe(0);
    const [event] = await ask(database.url, 'select to_jsonb(e) from telltale.events e');
    expect(event).toMatchObject({
      event_type: 'device.rebooted',
      device_uuid: device,
      severity: 'error',
      source: 'desk',
      correlation_id: story,
      data: { trigger: 'user' },
      metadata: { actor: { type: 'user', id: 'anna' }, tags: { site: 'lab', a: 'b=c' } },
    });
  });

  test('given again with its id is stored once', async () => {
    const id = '0192f0c1-7a52-7c3e-9b1a-00000000000a';
    const args = ['publish', '--type', 'device.online', '--device', device, '--id', id];
    await telltale(args, { database: database.url });

    const { stdout } = await telltale(args, { database: database.url });

    expect(stdout).toContain(`${id} was there already`);
  });

  test('that is wrong is refused in one sentence with its pointer', async () => {
    const args = ['publish', '--type', 'device.heartbeat', '--device', device, '--data', '{"cpu_usage_percent":140}'];

    const { code, stderr } = await telltale(args, { database: database.url });

    expect(stderr).toMatch(/^telltale: .*\/data\/cpu_usage_percent: .*140.*\n$/);
    expect(code).toBe(1);
  });

  test('can be checked without being published', async () => {
    const args = ['publish', '--dry-run', '--type', 'device.api_call', '--device', device];

    const bad = await telltale(args, { database: database.url });
    const good = await telltale([...args, '--data', '{"method":"GET","path":"/"}'], { database: database.url });

    expect([bad.code, good.code]).toEqual([1, 0]);
    expect(
      await ask(database.url, `select count(*)::int from telltale.events where event_type = 'device.api_call'`),
    ).toEqual([0]);
  });
});

describe('many events', () => {
  test('come from stdin, in their order', async () => {
    const { url } = await createDatabase('publish stdin');

    const { code, stderr } = await telltale(['publish'], { database: url, input: numbered(2500).join('\n') });

    expect(stderr).toBe('2,500 events published.\n');
    expect(code).toBe(0);
    expect(await statuses(url)).toEqual(Array.from({ length: 2500 }, (_, index) => `line ${index + 1}`));
  });

  test('that somebody types one by one are published while the pipe stays open', async () => {
    const { url } = await createDatabase('publish slowly');
    const { child, ended } = start(['publish', '-'], { database: url });

    child.stdin.write(`${heartbeat('typed')}\n`);

    await expect.poll(() => statuses(url), { timeout: 30_000 }).toEqual(['typed']);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
  });

  test('stop at a bad line, which is named, and a batch is published whole or not at all', async () => {
    const { url } = await createDatabase('publish a bad line');
    const lines = numbered(1500);
    lines[1200] = heartbeat('').replace('device.heartbeat', 'device.hartbeat');

    const { code, stderr } = await telltale(['publish'], { database: url, input: lines.join('\n') });

    expect(stderr).toMatch(
      /^telltale: Line 1201: .*did you mean device.heartbeat\? \(the lines up to 1000 are published; /,
    );
    expect(code).toBe(1);
    expect(await statuses(url)).toHaveLength(1000);
  });

  test('go on behind bad lines with --partial, and those are written down with their reasons', async () => {
    const { url } = await createDatabase('publish partially');
    const refused = join(newFolder(), 'refused.ndjson');
    const lines = [
      heartbeat('a'),
      'no json',
      '',
      heartbeat('b'),
      '{"event_type":"device.api_call","data":{}}',
      heartbeat('c'),
    ];

    const { code, stderr } = await telltale(['publish', '--refused', refused], {
      database: url,
      input: lines.join('\n'),
    });

    expect(stderr).toBe('3 events published, 2 lines refused.\n');
    expect(code).toBe(1);
    expect(await statuses(url)).toEqual(['a', 'b', 'c']);
    const written = readFileSync(refused, 'utf8')
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(written).toMatchObject([
      { line: 2, code: 'InvalidEvent', text: 'no json' },
      { line: 5, code: 'InvalidEvent', reason: expect.stringContaining('method') as string },
    ]);
  });
});

test('a feed whose process is killed at any moment loses nothing and doubles nothing', async () => {
  const { url } = await createDatabase('publish with kills');
  const folder = newFolder();
  const [file, state] = [join(folder, 'events.ndjson'), join(folder, 'state')];
  const count = 15_000;
  writeFileSync(file, `${numbered(count).join('\n')}\n`);
  const args = ['publish', file, '--resume', state];
  const lineOf = (): number =>
    existsSync(state) ? (JSON.parse(readFileSync(state, 'utf8')) as { line: number }).line : 0;
  const places: number[] = [];

  // Each life is ended a little later after it began to publish, so that kills fall before, between and after batches.
  for (let life = 0; life < 3; life++) {
    const { child, ended } = start(args, { database: url });
    const begun = lineOf();
    await expect.poll(lineOf, { timeout: 30_000, interval: 5 }).toBeGreaterThan(begun);
    await sleep(life * 26);
    child.kill('SIGKILL');
    await ended;
    places.push(lineOf());
    if (lineOf() >= count) break;
  }
  const { code, stderr } = await telltale(args, { database: url });

  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('done by an earlier run') as string,
  });
  expect(places[0]).toBeLessThan(count);
  const found = await statuses(url);
  expect(found).toHaveLength(count);
  expect(found).toEqual(Array.from({ length: count }, (_, index) => `line ${index + 1}`));
}, 240_000);

test('what was published and not yet acknowledged when the process died is recognised, also without a timestamp', async () => {
  const { url } = await createDatabase('publish in flight');
  const folder = newFolder();
  const [file, state] = [join(folder, 'events.ndjson'), join(folder, 'state')];
  const args = ['publish', file, '--resume', state];
  writeFileSync(file, `${numbered(1000).join('\n')}\n`);
  await telltale(args, { database: url });
  const acknowledged = readFileSync(state);
  writeFileSync(file, `${numbered(2500).join('\n')}\n`);
  await telltale(args, { database: url });
  // As if it had died before the file was renamed into place.
  writeFileSync(state, acknowledged);

  const { code, stderr } = await telltale(args, { database: url });

  expect(stderr).toBe('1,500 events published, 1,500 of them there already, 1,000 lines done by an earlier run.\n');
  expect(code).toBe(0);
  expect(await statuses(url)).toHaveLength(2500);
});

test('another input than that of the run before is refused', async () => {
  const { url } = await createDatabase('publish another input');
  const state = join(newFolder(), 'state');
  const args = ['publish', '--resume', state];
  await telltale(args, { database: url, input: numbered(3).join('\n') });

  const changed = await telltale(args, { database: url, input: numbered(3).reverse().join('\n') });
  const shorter = await telltale(args, { database: url, input: numbered(2).join('\n') });

  expect([changed.code, shorter.code]).toEqual([1, 1]);
  expect(changed.stderr).toMatch(/The first 3 lines are not those that .* was written for/);
  expect(shorter.stderr).toMatch(/The input ends at line 2, and an earlier run was done with 3/);
  expect(await statuses(url)).toHaveLength(3);
});
