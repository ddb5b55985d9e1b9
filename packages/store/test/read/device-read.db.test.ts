/** The reads of a device answer exactly what a scan of everything in the same snapshot says, while others write. */
import { setTimeout as sleep } from 'node:timers/promises';
import { countHealth, type Event, healthOf } from '@telltale/catalogue';
import { beforeAll, describe, expect, test } from 'vitest';
import { newestVersion, useDatabase } from '../../../../test/database.ts';
import { aggregateByPeriod } from '../../src/read/aggregate.ts';
import { readAggregateEvents } from '../../src/read/aggregate-events.ts';
import type { QueryPage } from '../../src/read/keyset.ts';
import { getDeviceSummary } from '../../src/read/summary.ts';
import { readDeviceTimeline, type TimelineOptions } from '../../src/read/timeline.ts';
import { devices, publishHistory, startWriters, tenants } from './device-history.ts';
import { inOrder, inSnapshot, placesOf, type Row, type Snapshot } from './oracle.ts';

const day = 86_400_000;
const base = Date.now();
const timeOf = (milliseconds: number): Date => new Date(base + milliseconds);

/** All pages, one behind the other. */
async function readPages(limit: number, read: (cursor: string | null) => Promise<QueryPage>): Promise<Event[]> {
  const events: Event[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await read(cursor);
    expect(page.events.length).toBeLessThanOrEqual(limit);
    events.push(...page.events);
    cursor = page.nextCursor;
    if (cursor === null) return events;
  }
}

const ofTenant = (rows: readonly Row[], tenant: string | null): Row[] =>
  rows.filter((row) => tenant === null || row.tenant === tenant);

function expectedTimeline(snapshot: Snapshot, device: string, options: TimelineOptions): string[] {
  const rows = ofTenant(snapshot.rows, options.tenant ?? null).filter(
    (row) =>
      row.device_uuid === device &&
      (options.sinceDate === undefined || row.time >= Number(options.sinceDate) * 1000) &&
      (options.untilDate === undefined || row.time < Number(options.untilDate) * 1000) &&
      (options.eventTypes === undefined || options.eventTypes.includes(row.event_type)) &&
      (options.includeSampled !== false || !row.sampled),
  );
  const places = placesOf(inOrder(rows));
  return options.order === 'desc' ? places.reverse() : places;
}

/** A time of the rows themselves, so that a bound falls on an event. */
const timelines: [string, TimelineOptions][] = [
  ['everything', {}],
  ['newest first', { order: 'desc' }],
  ['of a time', { sinceDate: timeOf(-40 * day), untilDate: timeOf(-10 * day) }],
  ['of a time, newest first', { sinceDate: timeOf(-40 * day), untilDate: timeOf(-10 * day), order: 'desc' }],
  ['of two types', { eventTypes: ['job.failed', 'device.heartbeat'] }],
  ['of no type', { eventTypes: [] }],
  ['without sampled types', { includeSampled: false }],
  ['of one tenant', { tenant: 'acme', order: 'desc' }],
  ['of a tenant that there is not', { tenant: 'nobody' }],
];

async function compareTimelines(snapshot: Snapshot, device: string): Promise<void> {
  for (const [what, options] of timelines) {
    const expected = expectedTimeline(snapshot, device, options);
    const limit = 700;
    const found = await readPages(limit, (cursor) =>
      readDeviceTimeline(snapshot.session, snapshot.registry, snapshot.reader, device, { ...options, limit, cursor }),
    );

    expect(placesOf(found), what).toEqual(expected);
  }
}

async function compareSummary(snapshot: Snapshot, device: string, tenant: string | null): Promise<void> {
  const own = ofTenant(snapshot.rows, tenant).filter((row) => row.device_uuid === device);
  const rows = own.filter((row) => row.time >= snapshot.clock - 30 * day * 1000);
  const found = await getDeviceSummary(snapshot.session, snapshot.registry, device, 30, { tenant });
  const counts = countHealth(
    30,
    rows.map((row) => ({ eventType: row.event_type, severity: row.severity as 'info', count: 1 })),
  );

  expect(found.total_events).toBe(rows.length);
  expect(found.event_type_breakdown).toEqual(countBy(rows, (row) => row.event_type));
  expect(found.critical_events).toBe(rows.filter((row) => row.severity === 'critical').length);
  expect(Number(found.last_activity)).toBe(Math.max(...own.map((row) => row.time)) / 1000);
  expect(found.health_score).toBe(healthOf(counts).score);
}

function countBy(rows: readonly Row[], keyOf: (row: Row) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[keyOf(row)] = (counts[keyOf(row)] ?? 0) + 1;
  return counts;
}

const dayOf = (row: Row): string => new Date(row.time / 1000).toISOString().slice(0, 10);

async function compareDays(snapshot: Snapshot, device: string, tenant: string | null): Promise<void> {
  const from = base - 30 * day;
  const rows = ofTenant(snapshot.rows, tenant).filter(
    (row) => row.device_uuid === device && row.time >= from * 1000 && row.time < base * 1000,
  );
  const found = await aggregateByPeriod(
    snapshot.session,
    snapshot.registry,
    device,
    'day',
    new Date(from),
    new Date(base),
    { tenant },
  );

  expect(
    Object.fromEntries(found.map((row) => [`${row.period_start.toISOString()} ${row.event_type}`, row.count])),
  ).toEqual(countBy(rows, (row) => `${dayOf(row)}T00:00:00.000Z ${row.event_type}`));
}

async function compareAggregates(snapshot: Snapshot): Promise<void> {
  for (const [type, id] of [
    ['app', 'web'],
    ['job', '17'],
    ['device', devices[0] ?? ''],
  ] as const) {
    for (const tenant of tenants) {
      const rows = ofTenant(snapshot.rows, tenant).filter(
        (row) => row.aggregate_type === type && row.aggregate_id === id,
      );
      const found = await readPages(400, (cursor) =>
        readAggregateEvents(snapshot.session, snapshot.registry, snapshot.reader, type, id, {
          tenant,
          limit: 400,
          cursor,
        }),
      );

      expect(placesOf(found), `${type} ${id} ${tenant}`).toEqual(placesOf(inOrder(rows)));
    }
  }
}

describe.each(newestVersion())('on PostgreSQL %i', (version) => {
  const database = useDatabase('device_read', { version });
  let ids: string[];

  beforeAll(async () => {
    ids = await publishHistory(database.url, base, 600);
  });

  test('timelines, summaries, counts and aggregates are exact while sixteen writers publish', async () => {
    const stop = startWriters(database.url, 16, base, ids);
    for (const device of devices) {
      await sleep(200);
      await inSnapshot(database.url, async (snapshot) => {
        await compareTimelines(snapshot, device);
        for (const tenant of tenants) {
          await compareSummary(snapshot, device, tenant);
          await compareDays(snapshot, device, tenant);
        }
        await compareAggregates(snapshot);
      });
    }

    expect(await stop()).toBeGreaterThan(100);
  });

  test('a page of one event at a time says the same as one page of all, both ways', async () => {
    await inSnapshot(database.url, async (snapshot) => {
      const options = { sinceDate: timeOf(-3 * day), tenant: 'acme' };
      for (const order of ['asc', 'desc'] as const) {
        const read = (limit: number) =>
          readPages(limit, (cursor) =>
            readDeviceTimeline(snapshot.session, snapshot.registry, snapshot.reader, devices[0] ?? '', {
              ...options,
              order,
              limit,
              cursor,
            }),
          );
        const all = await read(10_000);

        expect(all.length).toBeGreaterThan(5);
        expect(placesOf(await read(1))).toEqual(placesOf(all));
      }
    });
  });

  test('what a partition holds below its floor is in no count', async () => {
    await inSnapshot(database.url, async (snapshot) => {
      const { rows, session } = snapshot;
      const [stored] = await session.query<{ events: number }>(
        {
          text: 'select count(*)::int as events from telltale.recorded_events where shard_key = $1',
        },
        [devices[0] ?? ''],
      );
      const shown = rows.filter((row) => row.device_uuid === devices[0]).length;
      const { total_events } = await getDeviceSummary(session, snapshot.registry, devices[0] ?? '', 3650);

      expect(stored?.events).toBeGreaterThan(shown);
      expect(total_events).toBe(shown);
    });
  });
});
