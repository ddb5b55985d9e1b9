/** `telltale search`, `timeline` and `tail --filter`: what fits, in which order, and how to read on. */
import { EventStore } from '@telltale/store';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { useDatabase } from '../../../test/database.ts';
import { start, telltale } from './telltale.ts';

const device = (number: number): string => `0192f0c1-7a52-7c3e-9b1a-00000000000${number}`;
const at = (minute: number): string => `2026-11-01T10:0${minute}:00.000001Z`;
const database = useDatabase('search');
const run = (...args: string[]) => telltale(args, { database: database.url });

/** The reasons of the events that a command printed as JSON. */
async function reasonsOf(...args: string[]): Promise<unknown[]> {
  const [command = '', ...rest] = args;
  const { stdout } = await run(command, '--json', ...rest);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { data: { reason: string } }).data.reason);
}

beforeAll(async () => {
  const store = new EventStore({ connection: database.url, worker: false });
  const offline = (minute: number, number: number, reason: string, site: string) =>
    store.publish({
      event_type: 'device.offline',
      device_uuid: device(number),
      timestamp: at(minute),
      data: { reason },
      metadata: { tags: { site } },
    });
  await offline(1, 1, 'power cut', 'lab');
  await offline(2, 2, "it's the cut of the power", 'lab');
  await offline(3, 1, 'no heartbeat', 'field');
  await store.publish({
    event_type: 'device.online',
    device_uuid: device(1),
    timestamp: at(4),
    data: { reason: 'back again' },
  });
  await store.close();
});

test.each([
  [[], ['back again', 'no heartbeat', "it's the cut of the power", 'power cut']],
  [['tag.site:lab'], ["it's the cut of the power", 'power cut']],
  [['"power cut"'], ['power cut']],
  [['--', '-type:device.offline'], ['back again']],
  [['type:device.offline', '--device', device(1), '--since', at(1), '--until', at(3)], ['power cut']],
  [['--limit', '1', 'type:device.*'], ['back again']],
])('search %j finds the newest first', async (args, reasons) => {
  expect(await reasonsOf('search', ...args)).toEqual(reasons);
});

test('a page that is not the last says how the next one is asked for, and that works', async () => {
  const first = await run('search', 'tag.site:lab "cut" timestamp>=-99999d', '-n', '1', '--since', '9999d');
  const next = /^More: npx telltale search --limit 1 --cursor (\S+) -- '(.*)'\n$/.exec(first.stderr);

  expect(first.stdout).toContain("Offline: it's the cut of the power");
  const [, cursor = '', filter = ''] = next ?? [];
  const second = await run('search', '--limit', '1', '--cursor', cursor, '--', filter);
  expect(second.stdout).toContain('Offline: power cut');
  expect(second.stdout.split('\n')).toHaveLength(2);
  expect(second.stderr).toBe('');
});

test('--text ranks, and marks what it found', async () => {
  const { code, stdout } = await run('search', '--text', '"power cut" OR heartbeat');

  expect(code).toBe(0);
  expect(stdout.split('\n').filter((line) => line.startsWith('    '))).toEqual(
    expect.arrayContaining(['    [power cut]', '    no [heartbeat]']),
  );
});

test('--text with a filter beside it is refused, as are filters with mistakes, at their place', async () => {
  expect(await run('search', 'type:x', '--text', 'cut')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^telltale: --text ranks all events .*, not with a filter; .*\.\n$/),
  });
  expect(await run('search', 'severity>=eror')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean error?'),
  });
});

test('what fits nothing says so, beside the result', async () => {
  expect(await run('search', 'tag.site:moon')).toEqual({ code: 0, stdout: '', stderr: 'No event fits.\n' });
});

test('timeline shows one device, newest first or as it happened', async () => {
  expect(await reasonsOf('timeline', device(1))).toEqual(['back again', 'no heartbeat', 'power cut']);
  expect(await reasonsOf('timeline', device(1), '--order', 'asc', '--until', at(4))).toEqual([
    'power cut',
    'no heartbeat',
  ]);
  expect(await reasonsOf('timeline', device(1), '--types', '*.online')).toEqual(['back again']);
});

test('timeline says when there is more, when there is nothing, and when there is no such device', async () => {
  expect((await run('timeline', device(1), '-n', '2')).stderr).toMatch(/^There is more: /);
  expect((await run('timeline', device(1), '--since', '1s')).stderr).toBe('Nothing of it happened in this time.\n');
  expect(await run('timeline', device(9))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('check the UUID'),
  });
});

test('tail --filter begins with the last events that pass it, and joins the other options', async () => {
  expect(await reasonsOf('tail', '--no-follow', '-n', '1', '--filter', 'tag.site:lab')).toEqual([
    "it's the cut of the power",
  ]);
  expect(
    await reasonsOf('tail', '--no-follow', '--device', device(1), '--severity', 'warning', '--filter', 'cut OR again'),
  ).toEqual(['power cut']);
  expect(await reasonsOf('tail', '--no-follow', '--since', '9999d', '--filter', 'heartbeat')).toEqual(['no heartbeat']);
});

test('tail --filter goes on with what comes and passes it, and shows nothing twice', async () => {
  const { child, ended, says } = start(['tail', '--filter', 'tag.site:lake'], { database: database.url });
  const store = new EventStore({ connection: database.url, worker: false });
  onTestFinished(() => store.close());
  const publish = (reason: string, site: string) =>
    store.publish({
      event_type: 'device.offline',
      device_uuid: device(5),
      data: { reason },
      metadata: { tags: { site } },
    });
  await publish('first', 'lake');
  await says('Offline: first');
  await publish('elsewhere', 'lab');
  await publish('second', 'lake');
  await says('Offline: second');

  child.kill('SIGINT');

  const { code, stdout } = await ended;
  expect(code).toBe(0);
  expect(stdout.match(/Offline: \w+/g)).toEqual(['Offline: first', 'Offline: second']);
});
