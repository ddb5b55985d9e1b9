/** Periods begin where their time zone says so, whatever the clocks do. */
import { randomUUID } from 'node:crypto';
import type { EventInput } from '@telltale/catalogue';
import { beforeAll, describe, expect, test } from 'vitest';
import { newestVersion, useDatabase } from '../../../../test/database.ts';
import { Registry } from '../../src/catalogue/registry.ts';
import type { Database } from '../../src/database/database.ts';
import { EventStore, openDatabase } from '../../src/index.ts';
import { type AggregateOptions, aggregateByPeriod, type Period, type PeriodCount } from '../../src/read/aggregate.ts';

const quarter = 15 * 60_000;
const at = (text: string): number => Date.parse(text);

/** Two days of events, one each quarter of an hour, around a moment at which clocks move. */
const moves: Record<string, { zone: string; around: string }> = {
  'Vienna, forward': { zone: 'Europe/Vienna', around: '2026-03-29T01:00:00Z' },
  'Vienna, back': { zone: 'Europe/Vienna', around: '2025-10-26T01:00:00Z' },
  'Havana, back at one to midnight': { zone: 'America/Havana', around: '2025-11-02T05:00:00Z' },
  'Havana, forward at midnight': { zone: 'America/Havana', around: '2026-03-08T05:00:00Z' },
  'Lord Howe, back by half an hour': { zone: 'Australia/Lord_Howe', around: '2026-04-04T15:00:00Z' },
  'Lord Howe, forward by half an hour': { zone: 'Australia/Lord_Howe', around: '2025-10-04T15:30:00Z' },
  'Kathmandu, a quarter off and never moved': { zone: 'Asia/Kathmandu', around: '2026-02-01T00:00:00Z' },
  'Newfoundland, back at one past midnight': { zone: 'America/St_Johns', around: '2010-11-07T02:31:00Z' },
  'Apia, which left out a day': { zone: 'Pacific/Apia', around: '2011-12-30T10:00:00Z' },
};

/** The wall clock at a time, and how far it is ahead of UTC, in milliseconds. */
function wallOf(zone: string): (time: number) => { wall: Date; offset: number } {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (time) => {
    const parts = Object.fromEntries(format.formatToParts(time).map((part) => [part.type, Number(part.value)]));
    const wall = Date.UTC(
      ...([parts['year'], (parts['month'] ?? 1) - 1, parts['day'], parts['hour'], parts['minute'], parts['second']] as [
        number,
        number,
        number,
        number,
        number,
        number,
      ]),
    );
    return { wall: new Date(wall), offset: wall - time };
  };
}

/** The name of the period that a time is in: its wall clock cut off; of an hour, with the offset that it is counted by. */
function nameOf(period: Period, { wall, offset }: { wall: Date; offset: number }): string {
  const date = wall.toISOString();
  if (period === 'hour') return `${date.slice(0, 13)} ${offset}`;
  if (period === 'day') return date.slice(0, 10);
  if (period === 'month') return date.slice(0, 7);
  const monday = wall.getTime() - ((wall.getUTCDay() + 6) % 7) * 86_400_000;
  return new Date(monday).toISOString().slice(0, 10);
}

const knownStarts = new Map<string, Map<string, number>>();

/** Start of the period of each time, found by going back minute by minute to the first of its name. */
function startsOf(zone: string, period: Period, times: readonly number[]): Map<string, number> {
  const wall = wallOf(zone);
  const back = { hour: 60, day: 26 * 60, week: 8 * 24 * 60, month: 0 }[period];
  const first = Math.min(...times) - back * 60_000;
  const known = knownStarts.get(`${zone} ${period} ${first}`);
  if (known !== undefined) return known;
  const starts = new Map<string, number>();
  knownStarts.set(`${zone} ${period} ${first}`, starts);
  for (let time = first; time <= Math.max(...times); time += 60_000) {
    const name = nameOf(period, wall(time));
    if (!starts.has(name)) starts.set(name, time);
  }
  return starts;
}

describe.each(newestVersion())('on PostgreSQL %i', (version) => {
  const database = useDatabase('aggregate', { version });
  const registry = new Registry();
  const deviceOf = new Map(Object.keys(moves).map((name) => [name, randomUUID()]));
  let session: Database;

  const timesOf = (name: string): number[] => {
    const around = at(moves[name]?.around ?? '');
    // Off the quarters, so that an event lies in the minute that a period begins with or does not.
    return Array.from({ length: 4 * 48 }, (_, index) => around + (index - 96) * quarter + (index % 3) * 60_000);
  };

  const aggregate = (name: string, period: Period, from: number, to: number, options: AggregateOptions) =>
    aggregateByPeriod(session, registry, deviceOf.get(name) ?? '', period, new Date(from), new Date(to), options);

  beforeAll(async () => {
    const store = new EventStore({ connection: database.url, worker: false });
    for (const name of Object.keys(moves)) {
      const events = timesOf(name).map(
        (time): EventInput<'device.online', object> => ({
          event_type: 'device.online',
          device_uuid: deviceOf.get(name) ?? '',
          data: {},
          timestamp: new Date(time),
        }),
      );
      await store.publishBatch(events);
    }
    await store.close();
    session = openDatabase(database.url, { connections: 1 });
    return () => session.close();
  });

  describe.each(Object.keys(moves))('%s', (name) => {
    const { zone = '' } = moves[name] ?? {};
    // Newfoundland's clock went back in the first minute of an hour; PostgreSQL gives that minute and the hour that began
    // anew one number, so they are one period there.
    const isHourTold = !name.startsWith('Newfoundland');

    test.each<Period>(isHourTold ? ['hour', 'day', 'week'] : ['day', 'week'])(
      'every %s has the events of its wall clock, from its first minute on',
      async (period) => {
        const times = timesOf(name);
        const starts = startsOf(zone, period, times);
        const wall = wallOf(zone);
        const expected = new Map<number, number>();
        for (const time of times) {
          const start = starts.get(nameOf(period, wall(time))) ?? Number.NaN;
          expected.set(start, (expected.get(start) ?? 0) + 1);
        }
        const found = await aggregate(name, period, Math.min(...times), Math.max(...times) + 1, { timeZone: zone });

        expect(found.map((row) => [row.period_start.toISOString(), row.count])).toEqual(
          [...expected]
            .sort((one, other) => one[0] - other[0])
            .map(([start, count]) => [new Date(start).toISOString(), count]),
        );
      },
    );

    test.each<Period>(isHourTold ? ['hour', 'day'] : ['day'])(
      'empty periods of one %s are all that there are in the time, each once',
      async (period) => {
        const times = timesOf(name);
        const end = Math.max(...times);
        const from = end - 30 * 3_600_000;
        const inside = Array.from({ length: 30 * 60 }, (_, minute) => from + minute * 60_000);
        const starts = startsOf(zone, period, inside);
        const wall = wallOf(zone);
        const expected = [...new Set(inside.map((time) => starts.get(nameOf(period, wall(time))) ?? 0))];
        // One event alone makes the answer have a type.
        const found = await aggregate(name, period, from, from + 30 * 3_600_000, {
          timeZone: zone,
          emptyPeriods: true,
        });

        expect(found.map((row) => row.period_start.toISOString())).toEqual(
          expected.sort((one, other) => one - other).map((start) => new Date(start).toISOString()),
        );
      },
    );
  });

  test('a day is 23 hours long when clocks go forward and 25 when they go back', async () => {
    for (const [name, day, hours] of [
      ['Vienna, forward', '2026-03-29', 23],
      ['Vienna, back', '2025-10-26', 25],
    ] as const) {
      const times = timesOf(name);
      const found = await aggregate(name, 'hour', Math.min(...times), Math.max(...times), {
        timeZone: 'Europe/Vienna',
      });
      const wall = wallOf('Europe/Vienna');

      expect(found.filter((row) => wall(row.period_start.getTime()).wall.toISOString().startsWith(day))).toHaveLength(
        hours,
      );
    }
  });

  test('months begin on their first, in their own zone', async () => {
    const name = 'Kathmandu, a quarter off and never moved';
    const found: PeriodCount[] = await aggregate(
      name,
      'month',
      at('2025-11-15T00:00:00Z'),
      at('2026-03-02T00:00:00Z'),
      {
        timeZone: 'Asia/Kathmandu',
        emptyPeriods: true,
      },
    );

    expect(found.map((row) => row.period_start.toISOString())).toEqual(
      ['2025-10-31', '2025-11-30', '2025-12-31', '2026-01-31', '2026-02-28'].map((day) => `${day}T18:15:00.000Z`),
    );
    expect(found.reduce((sum, row) => sum + row.count, 0)).toBe(192);
  });

  test('dateFrom is inclusive, dateTo is not, and nothing is between a time and itself', async () => {
    const name = 'Kathmandu, a quarter off and never moved';
    const [first = 0, second = 0] = timesOf(name);
    const countOf = async (from: number, to: number): Promise<number> =>
      (await aggregate(name, 'day', from, to, {})).reduce((sum, row) => sum + row.count, 0);

    expect(await countOf(first, second)).toBe(1);
    expect(await countOf(first, second + 1)).toBe(2);
    expect(await countOf(first, first)).toBe(0);
  });
});
