/** Types that users register at run time go through the same door as ours: checked, versioned, seen by every process. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import type { AnyEventStore, EventTypeRegistration } from '../../src/index.ts';
import { ask, openStore } from '../sql/session.ts';

const celsius = { type: 'object', required: ['celsius'], properties: { celsius: { type: 'number' } } } as const;
const kelvin = { type: 'object', required: ['kelvin'], properties: { kelvin: { type: 'number' } } } as const;

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('register', { version });
  let store: AnyEventStore;
  let device: string;
  let name: string;

  beforeEach(() => {
    store = openStore(database.url);
    device = randomUUID();
    name = `kiln.fired_${randomUUID().slice(0, 8)}`;
  });

  const declare = (more: Partial<EventTypeRegistration> = {}): EventTypeRegistration => ({
    name,
    description: 'A kiln was fired.',
    schema: celsius,
    ...more,
  });
  /** The next version of the same type, which knows how to read the first. */
  const second = (): EventTypeRegistration =>
    declare({
      version: 2,
      schema: kelvin,
      previous: [
        {
          version: 1,
          schema: celsius,
          upcast: (data) => ({ kelvin: (data as { celsius: number }).celsius + 273.15 }),
        },
      ],
    });
  const eventOf = (data: unknown, type = name): { event_type: string; device_uuid: string; data: unknown } => ({
    event_type: type,
    device_uuid: device,
    data,
  });
  const publish = (data: unknown, more: object = {}): Promise<unknown> => store.publish({ ...eventOf(data), ...more });

  test('a type that was registered is published, checked and read like ours', async () => {
    await store.registerEventType(declare({ severity: 'warning', tier: 'important', category: 'security' }));
    await publish({ celsius: 900.5 });
    const { events } = await store.readStream({ deviceUuid: device });

    expect(events).toEqual([
      expect.objectContaining({
        event_type: name,
        data: { celsius: 900.5 },
        severity: 'warning',
        retention_tier: 'important',
        category: 'security',
        schema_version: 1,
      }),
    ]);
    await expect(publish({ celsius: 'hot' })).rejects.toMatchObject({
      code: 'InvalidEvent',
      place: { pointer: '/data/celsius' },
    });
    expect((await store.verify()).changed).toEqual([]);
  });

  test('another process publishes and reads it at once, without being told', async () => {
    const other = openStore(database.url);
    await other.publish({ event_type: 'device.heartbeat', device_uuid: device, data: {} });
    await store.registerEventType(declare());

    await expect(other.publish({ event_type: name, device_uuid: device, data: { celsius: 1 } })).resolves.toMatchObject(
      { status: 'stored' },
    );
    expect((await other.readAll(null, { eventTypes: [name] })).events).toHaveLength(1);
    expect(await other.eventTypes()).toContain(name);
  });

  test('registered again as it is, nothing changes', async () => {
    await store.registerEventType(declare());
    await store.registerEventType(declare());

    expect(
      await ask(
        database.url,
        `select (select count(*)::int from telltale.event_type_versions where event_type = $1) as versions,
        (select count(*)::int from telltale.events where event_type = 'event_type.registered' and aggregate_id = $1) as records`,
        [name],
      ),
    ).toEqual([{ versions: 1, records: 1 }]);
  });

  test('a description may be mended without a new version', async () => {
    await store.registerEventType(declare());
    await store.registerEventType(declare({ description: 'A kiln has been fired.' }));

    expect(
      await ask(database.url, 'select description, schema_version from telltale.event_types where event_type = $1', [
        name,
      ]),
    ).toEqual([{ description: 'A kiln has been fired.', schema_version: 1 }]);
  });

  test.each<[string, Partial<EventTypeRegistration>, RegExp]>([
    ['another schema under the same version', { schema: kelvin }, /version 2 with another schema; raise the version/],
    ['an older version', { version: 1, schema: kelvin }, /raise the version/],
    ['another tier', { version: 3, tier: 'critical' }, /tier standard; it never changes/],
    ['another aggregate', { version: 3, aggregate: 'app' }, /aggregate device; it never changes/],
  ])('%s is refused', async (_what, more, message) => {
    await store.registerEventType(declare({ version: 2 }));

    await expect(store.registerEventType(declare({ version: 2, ...more }))).rejects.toMatchObject({
      code: 'EventTypeExists',
      message: expect.stringMatching(message),
    });
  });

  test('the name of one of ours is taken', async () => {
    await expect(
      store.registerEventType(declare({ name: 'device.rebooted', tier: 'important' })),
    ).rejects.toMatchObject({ code: 'EventTypeExists' });
  });

  test('of two processes that register different schemas at once, one is refused', async () => {
    const stores = Array.from({ length: 8 }, () => openStore(database.url, { connections: 1 }));
    const outcomes = await Promise.allSettled(
      stores.map((one, index) =>
        one.registerEventType(declare({ schema: { ...celsius, maxProperties: 1 + (index % 2) } })),
      ),
    );
    const accepted = outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [index % 2] : []));
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : [],
    );
    const [row] = await ask<{ kept: number; newest: number }>(
      database.url,
      `select (v.schema ->> 'maxProperties')::int - 1 as kept, (t.schema ->> 'maxProperties')::int - 1 as newest
       from telltale.event_types t join telltale.event_type_versions v using (event_type) where t.event_type = $1`,
      [name],
    );

    expect(new Set(accepted).size).toBe(1);
    expect(new Set(refused)).toEqual(new Set(['EventTypeExists']));
    expect(row).toEqual({ kept: accepted[0], newest: accepted[0] });
  });

  describe('a new version', () => {
    beforeEach(async () => {
      await store.registerEventType(declare());
      await publish({ celsius: 100 });
      await store.registerEventType(second());
    });

    test('brings old events up when they are read, and leaves them as they were recorded', async () => {
      await publish({ kelvin: 300 });
      const { events } = await store.readStream({ deviceUuid: device });

      expect(events.map((event) => [event.schema_version, event.data])).toEqual([
        [2, { kelvin: 373.15 }],
        [2, { kelvin: 300 }],
      ]);
      expect(
        await ask(database.url, 'select data from telltale.events where device_uuid = $1 and event_version = 1', [
          device,
        ]),
      ).toEqual([{ data: { celsius: 100 } }]);
      expect((await store.verify()).changed).toEqual([]);
    });

    test('is what a publisher means that names none; the old one may still be named', async () => {
      await expect(publish({ celsius: 1 })).rejects.toMatchObject({ code: 'InvalidEvent' });
      await publish({ celsius: 0 }, { schema_version: 1 });

      expect((await store.readStream({ deviceUuid: device })).events.at(-1)).toMatchObject({
        schema_version: 2,
        data: { kelvin: 273.15 },
      });
      await expect(publish({ kelvin: 1 }, { schema_version: 3 })).rejects.toMatchObject({
        code: 'UnknownSchemaVersion',
        message: expect.stringContaining('expected one of'),
      });
    });

    test('is known to another process, which has no upcaster and reads old events as they are until it is given one', async () => {
      const other = openStore(database.url);
      const read = async (): Promise<unknown> =>
        (await other.readStream({ deviceUuid: device })).events.map((event) => [event.schema_version, event.data]);
      expect(await read()).toEqual([[1, { celsius: 100 }]]);
      await other.registerEventType(second());

      expect(await read()).toEqual([[2, { kelvin: 373.15 }]]);
    });

    test('and one after that: old events take every step', async () => {
      await store.registerEventType({
        ...second(),
        version: 3,
        schema: { type: 'object', properties: { text: { type: 'string' } } },
        previous: [
          { version: 2, schema: kelvin, upcast: (data) => ({ text: `${(data as { kelvin: number }).kelvin} K` }) },
          ...(second().previous ?? []),
        ],
      });

      expect((await store.readStream({ deviceUuid: device })).events[0]).toMatchObject({
        schema_version: 3,
        data: { text: '373.15 K' },
      });
    });
  });

  describe('an aggregate type of its own', () => {
    test('counts the versions of its streams, if it was declared so, in every process', async () => {
      const aggregate = `lot_${randomUUID().slice(0, 8)}`;
      await store.registerEventType(declare({ aggregate, versioned: true }));
      const other = openStore(database.url);
      const one = { event_type: name, aggregate_id: 'lot-1', data: { celsius: 1 } };

      expect(await store.publish(one, { expectedVersion: 'none' })).toMatchObject({ stream_version: 1 });
      expect(await other.publish(one, { expectedVersion: 1 })).toMatchObject({ stream_version: 2 });
      await expect(other.publish(one, { expectedVersion: 1 })).rejects.toMatchObject({ code: 'VersionConflict' });
    });

    test('stays as it was declared first', async () => {
      const aggregate = `lot_${randomUUID().slice(0, 8)}`;
      await store.registerEventType(declare({ aggregate, versioned: true }));

      await expect(
        store.registerEventType(declare({ name: `${name}_b`, aggregate, versioned: false })),
      ).rejects.toMatchObject({
        code: 'EventTypeExists',
        message: expect.stringContaining('streams'),
      });
      await expect(
        store.registerEventType(declare({ name: `${name}_c`, aggregate: 'device', versioned: true })),
      ).rejects.toMatchObject({ code: 'EventTypeExists' });
      await store.registerEventType(declare({ name: `${name}_d`, aggregate }));
    });
  });

  test('an unknown type names those that are meant, ours and theirs', async () => {
    await store.registerEventType(declare());

    await expect(store.publish({ event_type: 'device.rebootd', device_uuid: device, data: {} })).rejects.toMatchObject({
      code: 'UnknownEventType',
      place: { index: 0, pointer: '/event_type', found: 'device.rebootd' },
      message: expect.stringContaining('did you mean device.rebooted'),
    });
    await expect(store.publish({ event_type: `${name}x`, device_uuid: device, data: {} })).rejects.toThrow(
      `did you mean ${name}`,
    );
    await expect(store.publish({ event_type: 'zzz.qqqqqqqqqqqqqqq', device_uuid: device, data: {} })).rejects.toThrow(
      /registered type \(found: zzz\.q+\)$/,
    );
  });

  test('a partial batch stores the good ones and names the bad, unknown types among them', async () => {
    await store.registerEventType(declare());
    const { receipts, refused } = await store.publishBatch(
      [
        eventOf({ celsius: 1 }),
        eventOf({ celsius: 'x' }),
        eventOf({}, 'no.such_type'),
        eventOf({ celsius: 2 }),
        eventOf({ celsius: Number.NaN }),
      ],
      { partial: true },
    );

    expect(receipts.map((receipt) => receipt?.status ?? null)).toEqual(['stored', null, null, 'stored', null]);
    expect(refused.map(({ index, error }) => [index, error.code, error.place.index])).toEqual([
      [1, 'InvalidEvent', 1],
      [2, 'UnknownEventType', 2],
      [4, 'InvalidEvent', 4],
    ]);
  });
});
