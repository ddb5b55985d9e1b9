/** `telltale summary`, `chain`, `stats` and `correlate`: accounts for people, and the same as JSON. */
import { EventStore } from '@telltale/store';
import { beforeAll, expect, test } from 'vitest';
import { useDatabase } from '../../../test/database.ts';
import { telltale } from './telltale.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-000000000001';
const ids = [1, 2, 3, 4].map((number) => `0192f0c1-7a52-7c3e-9b1a-00000000010${number}`);
const lost = '0192f0c1-7a52-7c3e-9b1a-000000000109';
const database = useDatabase('report');
const run = (...args: string[]) => telltale(args, { database: database.url });

beforeAll(async () => {
  const store = new EventStore({ connection: database.url, worker: false });
  const publish = (index: number, cause: string | undefined, event: Parameters<typeof store.publish>[0]) =>
    store.publish({
      ...event,
      event_id: ids[index] as string,
      device_uuid: device,
      ...(cause !== undefined && { causation_id: cause }),
    });
  await publish(0, lost, { event_type: 'device.offline', data: { reason: 'power cut' } });
  await publish(1, ids[0], {
    event_type: 'job.failed',
    aggregate_id: '17',
    data: { job_id: '17', error: 'no device' },
  });
  await publish(2, ids[1], { event_type: 'device.alert_triggered', data: { alert_name: 'job' } });
  await publish(3, ids[0], { event_type: 'device.online', data: {} });
  await store.close();
});

test('summary shows the score, each part of it, and the events by type', async () => {
  const { code, stdout } = await run('summary', device, '--days', '1');
  const lines = stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '  '));

  expect(code).toBe(0);
  expect(lines[0]).toBe('Health 70.83 of 100 over 1 day');
  expect(lines[1]).toMatch(/^4 events, 0 of them critical; last heard of 20\S+Z$/);
  expect(lines).toContain('errors a day  1  -12.50  25');
  expect(lines).toContain('share of jobs that failed  1  -5.00  10');
  expect(lines).toContain(`device.offline  1  ${'█'.repeat(20)}`);
});

test('summary --json is the summary', async () => {
  const { stdout } = await run('summary', device, '--json');

  expect(JSON.parse(stdout)).toMatchObject({ total_events: 4, health: { open: { value: 1, penalty: 5, most: 10 } } });
});

test('chain draws causes above effects, marks the event asked for, and says why a link is missing', async () => {
  const { code, stdout } = await run('chain', ids[1] as string);

  expect(code).toBe(0);
  expect(
    stdout.split('\n').map((line) => line.replace(/\d{4}-\d\d-\d\d \S+ +/, '').replace(/(?<=WARN|ERROR|info).*/, '')),
  ).toEqual([`  (${lost}: it was never recorded)`, '  └─ WARN', '>    └─ ERROR', '        └─ WARN', '']);
});

test('chain of an event that nobody knows says so', async () => {
  const { code, stderr } = await run('chain', ids[3]?.replace(/.$/, '8') as string);

  expect(stderr).toMatch(/^telltale: There is no event \S+ \(it was never recorded\); check the event_id\.\n$/);
  expect(code).toBe(1);
});

test('stats shows counts by type, severity, tier and day, the busiest devices, and that no hour is complete yet', async () => {
  const { code, stdout } = await run('stats');
  const lines = stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '  '));

  expect(code).toBe(0);
  expect(lines[0]).toBe('Today and 7 days before: 4 events on 1 device; 4 kept in all.');
  expect(lines).toContain(`job.failed  1  ${'█'.repeat(20)}`);
  expect(lines).toContain('critical  0');
  expect(lines.some((line) => line.startsWith(`${device}  4  1  `))).toBe(true);
  expect(lines.at(-2)).toBe('Hours of the day: nothing yet in an hour that is complete.');
});

test('stats --json has everything in one object', async () => {
  const { stdout } = await run('stats', '--json', '--days', '1');

  expect(JSON.parse(stdout)).toMatchObject({ total_events: 4, most_active_devices: [{ event_count: 4 }] });
});

test('correlate says what follows, how much beyond chance, and when', async () => {
  const store = new EventStore({ connection: database.url, worker: false });
  const day = 86_400_000;
  // On each of 30 devices a change of the network and a minute later an alert, on five days.
  const events = Array.from({ length: 150 }, (_, index) => {
    const device_uuid = `0192f0c1-7a52-7c3e-9b1b-${String(index % 30).padStart(12, '0')}`;
    const time = Date.now() - 6 * day + Math.floor(index / 30) * day + ((index * 7919) % 1200) * 60_000;
    return [
      { event_type: 'device.network_changed', device_uuid, timestamp: new Date(time), data: { interface: 'eth0' } },
      {
        event_type: 'device.alert_triggered',
        device_uuid,
        timestamp: new Date(time + 60_000),
        data: { alert_name: 'a' },
      },
    ] as const;
  });
  const named = events.flat().map((event, index) => ({
    ...event,
    event_id: `0192f0c1-7a52-7c3e-9b1c-${String(index).padStart(12, '0')}`,
  }));
  await store.importEvents('planted', named);
  await store.close();
  const { code, stdout } = await run('correlate', 'device.network_changed', '--minutes', '10');

  expect(code).toBe(0);
  expect(stdout).toMatch(/^Event type .*\ndevice\.alert_triggered +follows +1\.00 +60 s +150 of 150 /);
});

test('correlate says what it takes where nothing is beyond chance, and knows its event types', async () => {
  expect(await run('correlate', 'device.offline')).toEqual({
    code: 0,
    stdout: '',
    stderr: expect.stringMatching(/^Nothing beyond chance; .*\.\n$/),
  });
  expect(await run('correlate', 'device.offlin')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/did you mean device\.offline/),
  });
});
