/** readStream gives one device or aggregate in its order, both ways, page by page, above the floor. */
import { randomUUID } from 'node:crypto';
import type { Event, EventInput } from '@telltale/catalogue';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, testVersions, useDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, dropPartition, EventStore, openDatabase, type StreamName } from '../../src/index.ts';
import { sampleOf } from '../sql/sample.ts';
import { ask, openStore } from '../sql/session.ts';
import { apps, devices, jobs, publishHistory, readEverything, tenants } from './fleet.ts';

async function readPages(store: AnyEventStore, name: StreamName, limit: number, backward = false): Promise<Event[]> {
  const events: Event[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await store.readStream(name, { limit, backward, cursor });
    events.push(...page.events);
    expect(page.events.length).toBeLessThanOrEqual(limit);
    cursor = page.nextCursor;
    if (cursor === null) return events;
  }
}

const forge = (body: unknown): string => Buffer.from(JSON.stringify(body)).toString('base64url');

/** (timestamp, log, position): the order of everything without versions. */
const inOrder = (events: readonly Event[]): Event[] =>
  [...events].sort((one, other) =>
    one.timestamp < other.timestamp
      ? -1
      : one.timestamp > other.timestamp
        ? 1
        : one.log - other.log || one.position - other.position,
  );
const placesOf = (events: readonly Event[]): string[] => events.map((event) => `${event.log}/${event.position}`);

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('read_stream', { version });
  let recorded: Event[];

  beforeAll(async () => {
    const store: AnyEventStore = new EventStore({ connection: database.url, worker: false });
    await publishHistory(store, 210);
    recorded = await readEverything(store);
    await store.close();
  });

  test('a device has all that happened on it, its apps included, by the time at which it happened', async () => {
    const store = openStore(database.url);
    for (const device of devices.slice(0, 2)) {
      const expected = placesOf(inOrder(recorded.filter((event) => event.device_uuid === device)));
      expect(expected.length).toBeGreaterThan(10);

      for (const limit of [1, 7, 1000]) {
        expect(placesOf(await readPages(store, { deviceUuid: device }, limit))).toEqual(expected);
        expect(placesOf(await readPages(store, { deviceUuid: device }, limit, true))).toEqual([...expected].reverse());
      }
      expect(placesOf(await readPages(store, { aggregateType: 'device', aggregateId: device }, 7))).toEqual(expected);
    }
  });

  test('an app has its own events wherever they happened, those of one tenant or of none', async () => {
    const store = openStore(database.url);
    for (const app of apps) {
      for (const tenant of tenants) {
        const own = recorded.filter(
          (event) => event.aggregate_type === 'app' && event.aggregate_id === app && event.tenant === (tenant ?? null),
        );
        const expected = placesOf(inOrder(own));
        const name: StreamName = { aggregateType: 'app', aggregateId: app, ...(tenant !== undefined && { tenant }) };
        expect(expected.length).toBeGreaterThan(1);

        for (const limit of [2, 1000]) {
          expect(placesOf(await readPages(store, name, limit))).toEqual(expected);
          expect(placesOf(await readPages(store, name, limit, true))).toEqual([...expected].reverse());
        }
      }
    }
  });

  test('a job has the versions of its stream without a hole, each tenant its own', async () => {
    const store = openStore(database.url);
    for (const job of jobs) {
      for (const tenant of tenants) {
        const own = recorded.filter(
          (event) =>
            event.aggregate_type === 'job' &&
            event.aggregate_id === job &&
            event.tenant === (tenant ?? null) &&
            event.log < 3,
        );
        const name: StreamName = { aggregateType: 'job', aggregateId: job, ...(tenant !== undefined && { tenant }) };
        const found = await readPages(store, name, 3);

        expect(own.length).toBeGreaterThan(1);
        expect(found.map((event) => event.stream_version)).toEqual(found.map((_, index) => index + 1));
        expect(found.length).toBeGreaterThanOrEqual(own.length);
        expect(placesOf(await readPages(store, name, 2, true))).toEqual(placesOf([...found].reverse()));
      }
    }
  });

  test('an aggregate that is named like the device it is on is found by its name', async () => {
    const store = openStore(database.url);
    const device = randomUUID();
    const on = (event: Partial<EventInput>): EventInput => ({
      event_type: 'x',
      data: {},
      aggregate_id: device,
      device_uuid: device,
      ...event,
    });
    await store.publishBatch([
      on({ event_type: 'sensor.removed', data: { sensor_id: 't-1' } }),
      on({ event_type: 'job.started', data: { job_id: '1' } }),
    ]);

    expect((await store.readStream({ aggregateType: 'sensor', aggregateId: device })).events).toEqual([
      expect.objectContaining({ event_type: 'sensor.removed', aggregate_id: device }),
    ]);
    expect((await store.readStream({ aggregateType: 'job', aggregateId: device })).events).toEqual([
      expect.objectContaining({ event_type: 'job.started', stream_version: 1 }),
    ]);
    expect((await store.readStream({ deviceUuid: device })).events).toHaveLength(2);
    expect((await store.verify()).changed).toEqual([]);
  });

  test('nobody is nobody: an empty page and no cursor', async () => {
    const store = openStore(database.url);

    for (const name of [
      { deviceUuid: randomUUID() },
      { aggregateType: 'app', aggregateId: 'none' },
      { aggregateType: 'job', aggregateId: 'none' },
    ]) {
      expect(await store.readStream(name)).toEqual({ events: [], nextCursor: null });
    }
  });

  test('a cursor of another kind of stream, or of readAll, or damaged, is refused', async () => {
    const store = openStore(database.url);
    const device = { deviceUuid: devices[0] ?? '' };
    const job = { aggregateType: 'job', aggregateId: jobs[0] ?? '' };
    const ofDevice = (await store.readStream(device, { limit: 1 })).nextCursor;
    const ofJob = (await store.readStream(job, { limit: 1 })).nextCursor;
    const ofAll = (await store.readAll(null, {}, { limit: 1 })).cursor;

    expect(ofDevice).not.toBeNull();
    expect(ofJob).not.toBeNull();
    for (const cursor of [
      ofJob,
      ofAll,
      '',
      'x',
      '%',
      `${ofDevice}x`.slice(5),
      forge(['device']),
      forge(['device', 'now', 0, '1']),
      forge(['device', '2026-01-01T00:00:00Z', 'x', '1']),
      forge(['device', '2026-01-01T00:00:00Z', 0, 'x']),
      forge(null),
      forge(['device', '2026-01-01T00:00:00Z', 1e9, '1']),
    ]) {
      await expect(store.readStream(device, { cursor })).rejects.toMatchObject({ code: 'InvalidCursor' });
    }
    for (const cursor of [ofDevice, ofAll, forge(['stream']), forge(['stream', null]), forge(['stream', '1e3'])]) {
      await expect(store.readStream(job, { cursor })).rejects.toMatchObject({ code: 'InvalidCursor' });
    }
  });

  test.each<[string, object]>([
    ['a device that is no UUID', { deviceUuid: 'press-07' }],
    ['an aggregate type that there is not', { aggregateType: 'robot', aggregateId: '1' }],
    ['a device by an id that is no UUID', { aggregateType: 'device', aggregateId: 'press-07' }],
  ])('%s is refused', async (_what, name) => {
    await expect(openStore(database.url).readStream(name as StreamName)).rejects.toMatchObject({
      code: expect.stringMatching(/^Invalid/),
    });
  });

  test('what was dropped is in no stream, and a page goes on across it', async () => {
    const { url } = await createDatabase('stream_floor', { version });
    const store = openStore(url, { clockBound: '100 years' });
    const device = randomUUID();
    await store.publishBatch([sampleOf('debug', device), sampleOf('important', device), sampleOf('debug', device)]);
    await ask(
      url,
      `create or replace function telltale.clock() returns timestamptz language sql volatile return clock_timestamp() + interval '1 day'`,
    );
    await store.publishBatch([sampleOf('debug', device), sampleOf('important', device)]);
    const first = await store.readStream({ deviceUuid: device }, { limit: 1 });
    const maintenance = openDatabase(url);
    const [oldest] = await ask<{ name: string }>(
      url,
      `select name from telltale.partitions where tier = 'debug' order by from_time`,
    );
    await dropPartition(maintenance, oldest?.name ?? '');
    await maintenance.close();

    expect(
      (await store.readStream({ deviceUuid: device }, { cursor: first.nextCursor })).events.map(
        (event) => event.position,
      ),
    ).toEqual([2, 4, 5]);
    expect(
      (await store.readStream({ deviceUuid: device }, { backward: true })).events.map((event) => event.position),
    ).toEqual([5, 4, 2]);
  });
});
