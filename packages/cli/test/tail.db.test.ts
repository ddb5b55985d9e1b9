/** `telltale tail`: the last events, then what comes, filtered. */
import { EventStore } from '@telltale/store';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { useDatabase } from '../../../test/database.ts';
import { start, telltale } from './telltale.ts';

const device = (number: number): string => `0192f0c1-7a52-7c3e-9b1a-00000000000${number}`;
const database = useDatabase('tail');
const tail = (...args: string[]) => telltale(['tail', '--no-follow', ...args], { database: database.url });

async function withStore(work: (store: EventStore) => Promise<unknown>): Promise<void> {
  const store = new EventStore({ connection: database.url, worker: false });
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

beforeAll(() =>
  withStore(async (store) => {
    await store.publish({ event_type: 'device.online', device_uuid: device(1), data: { reason: 'first' } });
    await store.publish({ event_type: 'device.offline', device_uuid: device(2), data: { reason: 'second' } });
    await store.publish({
      event_type: 'job.failed',
      aggregate_id: '17',
      device_uuid: device(1),
      data: { job_id: '17', error: 'third' },
    });
    await store.publish({ event_type: 'device.heartbeat', device_uuid: device(2), data: {} });
  }),
);

test('shows the last events, oldest first, without colours for a pipe, in CI too', async () => {
  const { code, stdout } = await telltale(['tail', '--no-follow', '-n', '3'], {
    database: database.url,
    env: { CI: 'true' },
  });

  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.slice(21).replaceAll(/ +/g, ' '))).toEqual([
    `WARN device.offline Offline: second ${device(2)}`,
    `ERROR job.failed Job 17 failed: third ${device(1)}`,
    `debug device.heartbeat Heartbeat ${device(2)}`,
    '',
  ]);
});

test.each([
  [
    ['--type', 'device.*line'],
    ['device.online', 'device.offline'],
  ],
  [
    ['--type', 'job.*', '--type', 'device.online'],
    ['device.online', 'job.failed'],
  ],
  [
    ['--device', device(1)],
    ['device.online', 'job.failed'],
  ],
  [
    ['--severity', 'warning'],
    ['device.offline', 'job.failed'],
  ],
  [['--tier', 'debug'], ['device.heartbeat']],
  [['--since', '1h', '--severity', 'error'], ['job.failed']],
  [['--since', '2099-01-01'], []],
  [['-n', '0'], []],
])('with %j only %j', async (args, types) => {
  const { stdout } = await tail('--json', ...args);

  const lines = stdout.split('\n').filter((line) => line !== '');
  expect(lines.map((line) => (JSON.parse(line) as { event_type: string }).event_type)).toEqual(types);
});

test('a pattern that fits nothing is refused with the nearest names', async () => {
  const { code, stderr } = await tail('--type', 'device.onlin');

  expect(stderr).toMatch(/^telltale: No event type fits 'device\.onlin'; did you mean device\.online.*\?\n$/);
  expect(code).toBe(1);
});

test('follows what comes, types that are registered meanwhile too, until Ctrl-C, and ends with 0', async () => {
  const { child, ended, says, stdout } = start(['tail', '--type', 'p*', '--type', 'device.shutdown'], {
    database: database.url,
  });
  const store = new EventStore<{ 'pump.primed': { litres: number } }>({ connection: database.url, worker: false });
  onTestFinished(() => store.close());
  await expect.poll(() => child.exitCode).toBe(null);
  await store.publish({ event_type: 'device.shutdown', device_uuid: device(3), data: { reason: 'now' } });
  await says('Shut down: now');
  await store.registerEventType({
    name: 'pump.primed',
    description: 'A pump was primed.',
    summary: 'Primed with {litres} l',
    schema: {
      type: 'object',
      properties: { litres: { type: 'number' } },
      required: ['litres'],
      additionalProperties: false,
    },
  });
  await store.publish({ event_type: 'device.online', device_uuid: device(3), data: {} });
  // Types are looked up anew every five seconds.
  await expect
    .poll(
      async () => {
        await store.publish({ event_type: 'pump.primed', device_uuid: device(3), data: { litres: 4 } });
        return stdout();
      },
      { timeout: 30_000, interval: 500 },
    )
    .toContain('Primed with 4 l');

  child.kill('SIGINT');

  const { code, stdout: all } = await ended;
  expect(code).toBe(0);
  expect(all).not.toContain('device.online');
});

test('a reader that has seen enough closes the pipe, and nobody complains', async () => {
  const { child, ended } = start(['tail', '-n', '4'], { database: database.url, input: '' });
  child.stdout.once('data', () => child.stdout.destroy());
  await expect.poll(() => child.stdout.destroyed, { timeout: 30_000 }).toBe(true);
  await withStore((store) => store.publish({ event_type: 'device.online', device_uuid: device(4), data: {} }));

  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});
