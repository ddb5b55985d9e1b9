/** What people read: lines of events, tables, numbers, the live view. */
import type { Event } from '@telltale/catalogue';
import { describe, expect, test } from 'vitest';
import { barOf, chartOf } from '../src/view/chart.ts';
import { lineOf } from '../src/view/line.ts';
import { frame, type Moment, plainLine, type Setting } from '../src/view/live.ts';
import { counted, duration } from '../src/view/number.ts';
import { cut, tableOf, visibleLength } from '../src/view/table.ts';
import { Tally } from '../src/view/tally.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';

function event(changes: Partial<Event> = {}): Event {
  return {
    event_type: 'device.offline',
    timestamp: '2020-11-23T10:00:00.123456Z',
    severity: 'warning',
    retention_tier: 'important',
    device_uuid: device,
    aggregate_type: 'device',
    aggregate_id: device,
    data: { reason: 'heartbeat timeout' },
    log: 0,
    position: 17,
    ...changes,
  } as Event;
}

describe('a line of an event', () => {
  test('says when, how grave, what, in words, and where', () => {
    expect(lineOf(event(), new Map())).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}WARN {3}device\.offline +Offline: heartbeat timeout {2}0192f0c1-/,
    );
  });

  test('is shorter for a terminal: no day when it is today, and no whole UUID where there is no room', () => {
    const timestamp = new Date().toISOString();

    expect(lineOf(event({ timestamp }), new Map(), 80)).toMatch(/^\d\d:\d\d:\d\d .* 0192f0c1$/);
    expect(lineOf(event({ timestamp }), new Map(), 160)).toMatch(/ 0192f0c1-7a52-[-0-9a-f]+$/);
    expect(lineOf(event(), new Map(), 160)).toMatch(/^2020-11-2\d /);
  });

  test('puts a type of the user in the words of its own template', () => {
    const own = event({ event_type: 'pump.primed', data: { litres: 4 } });

    expect(lineOf(own, new Map([['pump.primed', 'Primed with {litres} l']]))).toContain('Primed with 4 l');
    expect(lineOf(own, new Map())).toContain('{"litres":4}');
  });

  test('stays one line, whatever the payload holds', () => {
    const nasty = event({ data: { reason: 'a\nb\u001b[2Jc\u202e' } });

    expect(lineOf(nasty, new Map()).split('\n')).toHaveLength(1);
    expect(lineOf(nasty, new Map())).not.toContain('\u001b[2J');
  });
});

describe('a table', () => {
  test('aligns its columns by what shows, numbers to the right', () => {
    expect(
      tableOf(
        ['a', 'bb'],
        [
          ['\u001b[31mxxx\u001b[39m', '1'],
          ['y', '22'],
        ],
        [1],
      ),
    ).toEqual(['a    bb', '\u001b[31mxxx\u001b[39m   1', 'y    22']);
  });

  test('is cut to the width by what shows, and keeps the codes that end its colours', () => {
    const short = cut('\u001b[31mabcdef\u001b[39mgh', 5);

    expect(short).toBe('\u001b[31mabcd…\u001b[39m');
    expect(visibleLength(short)).toBe(5);
    expect(cut('abcde', 5)).toBe('abcde');
  });
});

test('numbers and spans read as people say them', () => {
  expect([counted(1, 'event'), counted(12_345, 'event')]).toEqual(['1 event', '12,345 events']);
  expect([duration(4000), duration(64_000), duration(7_500_000)]).toEqual(['4 s', '1 min 4 s', '2 h 5 min']);
});

describe('the tally', () => {
  test('gives the rate of the last seconds and forgets older ones', () => {
    const tally = new Tally();
    for (let second = 0; second < 60; second++)
      tally.add(
        Array.from({ length: second < 50 ? 10 : 40 }, () => event()),
        second * 1000,
      );

    expect(tally.rate(60_000)).toBe(40);
    expect(tally.history(60_000)).toHaveLength(30);
    expect(tally.total).toBe(900);
  });

  test('remembers the latest troubles, and no metric that crossed its threshold for a moment', () => {
    const tally = new Tally();
    const spike = event({ event_type: 'device.metrics_threshold', retention_tier: 'debug' });
    tally.add([event(), spike, event({ severity: 'info' }), event({ severity: 'error', position: 18 })], 0);

    expect(tally.troubles.map(({ position }) => position)).toEqual([17, 18]);
  });
});

describe('the live view', () => {
  const hints = [
    { what: 'one device', command: `npx telltale tail --device ${device} -n 30` },
    { what: 'is all well?', command: 'npx telltale doctor' },
  ];
  const setting: Setting = {
    place: 'PostgreSQL 18.4 at 127.0.0.1:5433',
    data: 'data in /var/lib/telltale',
    hints,
    preface: undefined,
  };
  const tally = new Tally();
  for (let index = 0; index < 40; index++)
    tally.add([event({ event_type: `type.number_${index}`, position: index + 1 })], 1000);
  const moment: Moment = {
    now: 5000,
    startedAt: 0,
    tally,
    fleet: { online: 3, devices: 4, nameOf: () => 'lyon/press-007' },
    trouble: undefined,
  };

  test.each([
    [80, 24],
    [140, 40],
    [40, 12],
    [200, 60],
  ])('fits a terminal of %i by %i', (columns, rows) => {
    const lines = frame(setting, moment, columns, rows);

    expect(lines.length).toBeLessThanOrEqual(Math.max(rows, 17));
    for (const line of lines) expect(visibleLength(line)).toBeLessThanOrEqual(columns);
  });

  test('shows commands whole or not at all', () => {
    const narrow = frame(setting, moment, 60, 24).join('\n');

    expect(narrow).toContain('npx telltale doctor');
    expect(narrow).not.toContain('--device');
  });

  test('says in one line what it shows on a screen', () => {
    expect(plainLine(moment)).toBe('5 s: 40 events, 8 events/s, log 0 at 40, 3 of 4 devices online');
    expect(plainLine({ ...moment, trouble: 'PostgreSQL cannot be reached.' })).toContain('cannot be reached');
  });
});

describe('a chart', () => {
  test('has bars by the largest count, in eighths, and never hides what is there', () => {
    expect([barOf(80, 80, 10), barOf(41, 80, 10), barOf(1, 100_000, 10), barOf(0, 80, 10), barOf(0, 0, 10)]).toEqual([
      '██████████',
      '█████▏',
      '▏',
      '',
      '',
    ]);
  });

  test('sums up what is beyond fifteen rows', () => {
    const lines = chartOf(
      'Type',
      Array.from({ length: 18 }, (_, index) => [`t${index}`, 1000] as const),
    );

    expect(lines).toHaveLength(17);
    expect(lines.at(-1)).toBe('and 3 more with 3,000 events');
  });
});
