/** Reads refuse what cannot be meant, and say what would do. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';
import { Registry } from '../../src/catalogue/registry.ts';
import type { Database } from '../../src/database/database.ts';
import { openDatabase } from '../../src/index.ts';
import { type AggregateOptions, aggregateByPeriod, type Period } from '../../src/read/aggregate.ts';
import { type AggregateEventsOptions, readAggregateEvents } from '../../src/read/aggregate-events.ts';
import { getEventChain } from '../../src/read/chain.ts';
import { RowReader } from '../../src/read/event-row.ts';
import { encodeQueryCursor } from '../../src/read/query-cursor.ts';
import { getStats } from '../../src/read/stats.ts';
import { getDeviceSummary } from '../../src/read/summary.ts';
import { readDeviceTimeline, type TimelineOptions } from '../../src/read/timeline.ts';

const device = randomUUID();
const from = '2026-01-01T00:00:00Z';
const to = '2026-02-01T00:00:00Z';

describe('a read', () => {
  const database = useDatabase('refusal');
  const registry = new Registry();
  const rows = new RowReader(registry);
  let session: Database;

  beforeAll(() => {
    session = openDatabase(database.url, { connections: 1 });
    return () => session.close();
  });

  test.each<[string, unknown, string, RegExp]>([
    ['an unknown type', { eventTypes: ['device.reboot'] }, 'UnknownEventType', /did you mean device\.rebooted/],
    ['types that are no list', { eventTypes: 'device.online' }, 'InvalidArgument', /\/eventTypes: expected a list/],
    ['no time at all', { sinceDate: 'yesterday' }, 'InvalidTimestamp', /\/sinceDate: expected a date-time/],
    [
      'an end before the beginning',
      { sinceDate: to, untilDate: from },
      'InvalidArgument',
      /\/untilDate: .* not before sinceDate/,
    ],
    ['no events', { limit: 0 }, 'InvalidArgument', /from 1 to 10,000 \(found: 0\)/],
    ['too many events', { limit: 10_001 }, 'InvalidArgument', /from 1 to 10,000/],
    ['half an event', { limit: 1.5 }, 'InvalidArgument', /whole number/],
    ['another order', { order: 'up' }, 'InvalidArgument', /asc or desc/],
    ['a tenant without a name', { tenant: '' }, 'InvalidArgument', /\/tenant/],
    ['a damaged cursor', { cursor: 'x.y' }, 'InvalidCursor', /nextCursor/],
    [
      'a cursor of another query',
      { cursor: encodeQueryCursor('x', { timestamp: 1, log: 0, position: 1 }) },
      'InvalidCursor',
      /of another/,
    ],
  ])('of a timeline with %s is refused', async (_what, options, code, message) => {
    await expect(readDeviceTimeline(session, registry, rows, device, options as TimelineOptions)).rejects.toMatchObject(
      {
        code,
        message: expect.stringMatching(message),
      },
    );
  });

  test.each<[string, unknown, unknown, unknown, AggregateOptions, RegExp]>([
    ['a period that there is not', 'minute', from, to, {}, /hour, day, week or month/],
    ['an end before the beginning', 'day', to, from, {}, /\/dateTo: .* not before dateFrom/],
    ['an unknown zone', 'day', from, to, { timeZone: 'Europe/Atlantis' }, /\/timeZone: .*Europe\/Vienna/],
    ['a zone that PostgreSQL reads otherwise', 'day', from, to, { timeZone: '+05:30' }, /\/timeZone/],
    ['an abbreviation without summer time', 'day', from, to, { timeZone: 'CET' }, /\/timeZone/],
    ['empty periods without end', 'hour', '2000-01-01T00:00:00Z', to, { emptyPeriods: true }, /at most 10,000 periods/],
  ])('by period with %s is refused', async (_what, period, dateFrom, dateTo, options, message) => {
    await expect(
      aggregateByPeriod(session, registry, device, period as Period, dateFrom as string, dateTo as string, options),
    ).rejects.toMatchObject({ code: 'InvalidArgument', message: expect.stringMatching(message) });
  });

  test.each([0, -1, 1.5, 3651, Number.NaN, '30'])('of a summary over %s days is refused', async (days) => {
    const refusal = { code: 'InvalidArgument', message: expect.stringMatching(/\/daysBack: .* from 1 to 3,650/) };

    await expect(getDeviceSummary(session, registry, device, days as number)).rejects.toMatchObject(refusal);
    await expect(getStats(session, registry, days as number)).rejects.toMatchObject(refusal);
  });

  test.each(['press-07', '', null, 7])('of %s, which is no UUID, is refused', async (id) => {
    const refusal = { code: 'InvalidArgument', message: expect.stringMatching(/expected a UUID/) };

    await expect(readDeviceTimeline(session, registry, rows, id as string)).rejects.toMatchObject(refusal);
    await expect(getDeviceSummary(session, registry, id as string)).rejects.toMatchObject(refusal);
    await expect(aggregateByPeriod(session, registry, id as string, 'day', from, to)).rejects.toMatchObject(refusal);
    await expect(getEventChain(session, rows, id as string)).rejects.toMatchObject(refusal);
    await expect(readAggregateEvents(session, registry, rows, 'device', id as string)).rejects.toMatchObject(refusal);
  });

  test.each<[string, string, string, AggregateEventsOptions]>([
    ['a type that there is not', 'robot', '1', {}],
    ['no id', 'app', '', {}],
    ['too many events', 'app', 'web', { limit: 10_001 }],
  ])('of an aggregate with %s is refused', async (_what, type, id, options) => {
    await expect(readAggregateEvents(session, registry, rows, type, id, options)).rejects.toMatchObject({
      code: 'InvalidArgument',
    });
  });

  test('a device that there is not has an empty timeline, an empty summary and no periods', async () => {
    expect((await readDeviceTimeline(session, registry, rows, device)).events).toEqual([]);
    expect(await getDeviceSummary(session, registry, device)).toMatchObject({
      total_events: 0,
      event_type_breakdown: {},
      critical_events: 0,
      last_activity: null,
      health_score: 100,
    });
    expect(await aggregateByPeriod(session, registry, device, 'day', from, to, { emptyPeriods: true })).toEqual([]);
  });
});
