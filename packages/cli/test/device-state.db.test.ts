/** `telltale replay`, `snapshot` and `diff`: the past of one device, readable and as JSON. */
import { EventStore } from '@telltale/store';
import { beforeAll, expect, test } from 'vitest';
import { useDatabase } from '../../../test/database.ts';
import { telltale } from './telltale.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-000000000001';
const at = (minute: number): string => `2026-11-01T10:0${minute}:00.000001Z`;
const database = useDatabase('device state');
const run = (...args: string[]) => telltale(args, { database: database.url });
const ids = [1, 2, 3, 4].map((number) => `0192f0c1-7a52-7c3e-9b1a-00000000010${number}`);

beforeAll(async () => {
  const store = new EventStore({ connection: database.url, worker: false });
  const publish = (index: number, event: Parameters<typeof store.publish>[0]) =>
    store.publish({ ...event, event_id: ids[index] as string, device_uuid: device, timestamp: at(index + 1) });
  await publish(0, { event_type: 'target_state.updated', data: { state: { apps: { web: { image: 'web:1' } } } } });
  await publish(1, { event_type: 'device.offline', data: { reason: 'no heartbeat' } });
  await publish(2, { event_type: 'device.online', data: { agent_version: '3.2.0' } });
  await publish(3, { event_type: 'device.offline', data: { reason: 'power' } });
  await store.close();
});

test('replay shows the events of the window, one a line, and the state at its end', async () => {
  const { code, stdout } = await run('replay', device, '--from', at(2), '--to', at(3));
  const lines = stdout.split('\n');

  expect(code).toBe(0);
  expect(lines.slice(0, 2).map((line) => line.slice(21).replaceAll(/ +/g, ' '))).toEqual([
    `WARN device.offline Offline: no heartbeat ${device}`,
    `info device.online Online ${device}`,
  ]);
  expect(lines.slice(2)).toEqual([
    '',
    `The state at ${at(3)}:`,
    '  connectivity',
    `    last_seen: ${at(3)}`,
    '    online: true',
    `    since: ${at(3)}`,
    '  firmware',
    '    agent_version: 3.2.0',
    '  target_state',
    '    apps',
    '      web',
    '        image: web:1',
    '',
  ]);
});

test('replay --json gives the events as recorded, and at last the state', async () => {
  const { stdout } = await run('replay', device, '--from', at(1), '--to', at(2), '--json');
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);

  expect(lines).toEqual([
    expect.objectContaining({ event_id: ids[0], timestamp: at(1) }),
    expect.objectContaining({ event_id: ids[1], timestamp: at(2) }),
    { events_replayed: 2, final_state: expect.objectContaining({ connectivity: expect.anything() }) },
  ]);
});

test('a window in which nothing happened says so', async () => {
  const { stdout } = await run('replay', device, '--from', '2026-11-01T09:00:00Z', '--to', '2026-11-01T09:30:00Z');

  expect(stdout).toMatch(/^Nothing happened in this time\.\n/);
});

test('snapshot shows the state of a time, to the microsecond', async () => {
  const before = await run('snapshot', device, '--at', '2026-11-01T10:01:00.000000Z');
  const then = await run('snapshot', device, '--at', at(1));

  expect(before.stdout).toBe(
    'The state at 2026-11-01T10:01:00.000000Z, after 0 events:\n  Nothing had happened on it by then.\n',
  );
  expect(then.stdout).toBe(
    `The state at ${at(1)}, after 1 event:\n  target_state\n    apps\n      web\n        image: web:1\n`,
  );
});

test('snapshot --json is the snapshot', async () => {
  const { stdout } = await run('snapshot', device, '--json');

  expect(JSON.parse(stdout)).toMatchObject({
    event_count: 4,
    target_state: { apps: { web: { image: 'web:1' } } },
    current_state: null,
    ignored: [],
  });
});

test('diff shows each changed path, old and new, and the events', async () => {
  const { code, stdout } = await run('diff', device, '--from', at(2), '--to', at(4));

  expect(code).toBe(0);
  expect(stdout.replaceAll(/^ {4}\d.{18} {2}/gm, '    ').replaceAll(/ {2,}(?=\S)/g, '  ')).toBe(`\
4 paths changed from ${at(2)} to ${at(4)}, in 2 events.

/connectivity/last_seen  (nothing) -> ${at(3)}
  info  device.online  Online  ${device}

/connectivity/reason  no heartbeat -> power
  info  device.online  Online  ${device}
  WARN  device.offline  Offline: power  ${device}

/connectivity/since  ${at(2)} -> ${at(4)}
  info  device.online  Online  ${device}
  WARN  device.offline  Offline: power  ${device}

/firmware/agent_version  (nothing) -> 3.2.0
  info  device.online  Online  ${device}
`);
});

test('diff --json has the ids of the events', async () => {
  const { stdout } = await run('diff', device, '--from', at(2), '--to', at(4), '--json');
  const { changes } = JSON.parse(stdout) as { changes: { field: string; events_involved: string[] }[] };

  expect(changes.find(({ field }) => field === '/connectivity/reason')?.events_involved).toEqual([ids[2], ids[3]]);
});

test('colours tell old from new for a terminal that wants them', async () => {
  const { stdout } = await telltale(['diff', device, '--from', at(2), '--to', at(4)], {
    database: database.url,
    env: { FORCE_COLOR: '1' },
  });

  expect(stdout).toContain('\u001B[31mno heartbeat\u001B[39m -> \u001B[32mpower\u001B[39m');
});

test.each(['replay', 'snapshot', 'diff'])('%s of a device that nobody knows says so', async (command) => {
  const { code, stderr } = await run(command, ids[0] as string, ...(command === 'snapshot' ? [] : ['--from', '1h']));

  expect(stderr).toBe(`telltale: Nothing was ever recorded on a device ${ids[0]}; check the UUID.\n`);
  expect(code).toBe(1);
});

test.each(['replay', 'diff'])('%s from a time behind its end is refused', async (command) => {
  const { code, stderr } = await run(command, device, '--from', at(3), '--to', at(2));

  expect(stderr).toMatch(/^telltale: expected (fromTime|time1) not later than (toTime|time2)/);
  expect(code).toBe(1);
});
