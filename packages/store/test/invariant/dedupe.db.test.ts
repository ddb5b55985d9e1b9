/** Invariant 4: within the window an identity (tenant, shard_key, event_id) is recorded once, whoever publishes it again. */
import type { EventInput, Receipt } from '@telltale/catalogue';
import { beforeEach, describe, expect, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';
import { deviceOf, eventOf, jobEventOf } from './fleet.ts';
import { openSession } from './session.ts';
import { openStore } from './store.ts';

const database = useDatabase('dedupe');

let device = '';
let number = 0;
beforeEach(() => {
  number += 1;
  device = deviceOf(number);
});

const timestamp = '2026-02-03T04:05:06.123456Z';

/** An event with an id and a time of its publisher's own. */
function known(call: string, event_id: string = crypto.randomUUID()): EventInput & { event_id: string } {
  return { ...eventOf(device, call), event_id, timestamp };
}

async function countEvents(event_id: string): Promise<number> {
  const session = await openSession(database.url);
  const rows = await session.ask('select from telltale.recorded_events where event_id = $1', [event_id]);
  return rows.length;
}

const asDuplicate = (receipt: Receipt): Receipt => ({ ...receipt, status: 'duplicate' }) as Receipt;

describe('an event that is published again', () => {
  test('stores nothing and returns the first receipt, from whichever process', async () => {
    const [store, other] = [openStore(database.url), openStore(database.url)];
    const event = known('first');
    const receipt = await store.publish(event);

    expect(receipt.status).toBe('stored');
    expect(await store.publish(event)).toEqual(asDuplicate(receipt));
    expect(await other.publish(event)).toEqual(asDuplicate(receipt));
    expect(await countEvents(event.event_id)).toBe(1);
  });

  test('is the same whatever the order of its keys and the form of its time', async () => {
    const store = openStore(database.url);
    const event = { ...known('order'), event_type: 'device.diagnostics_run', data: { test: 'memory', passed: true } };
    const receipt = await store.publish(event);
    const turned = { ...event, timestamp: '2026-02-03T05:05:06.123456+01:00', data: { passed: true, test: 'memory' } };

    expect(await store.publish(turned)).toEqual(asDuplicate(receipt));
  });

  test('keeps the time that the library gave it first, when its publisher gives none', async () => {
    const store = openStore(database.url);
    const event = { ...eventOf(device, 'stamped'), event_id: crypto.randomUUID() };
    const receipt = await store.publish(event);
    const recorded = await store.readStream({ deviceUuid: device });
    await new Promise((resolve) => setTimeout(resolve, 5));

    expect(await store.publish(event)).toEqual(asDuplicate(receipt));
    expect(await store.publishBatch([event, event])).toEqual([asDuplicate(receipt), asDuplicate(receipt)]);
    expect((await store.readStream({ deviceUuid: device })).events).toEqual(recorded.events);
  });

  test('with other content is refused as EventIdReused, by index and pointer, and the batch with it', async () => {
    const store = openStore(database.url);
    const event = known('first');
    const receipt = await store.publish(event);
    const fresh = known('fresh');

    await expect(store.publishBatch([fresh, { ...event, metadata: { call: 'another' } }])).rejects.toMatchObject({
      code: 'EventIdReused',
      place: { index: 1, pointer: '/event_id' },
    });
    await expect(store.publish({ ...event, timestamp: '2026-02-03T04:05:06.123457Z' })).rejects.toMatchObject({
      code: 'EventIdReused',
    });
    expect(await countEvents(fresh.event_id)).toBe(0);
    expect(await store.publish(event)).toEqual(asDuplicate(receipt));
  });

  test('in a batch costs the others nothing: they are stored, without a hole', async () => {
    const store = openStore(database.url);
    const [one, two, three, four] = [known('one'), known('two'), known('three'), known('four')];
    const [first, third] = await store.publishBatch([one, three]);

    const receipts = await store.publishBatch([one, two, three, four, two]);

    const position = (third as { position: number }).position;
    expect(receipts).toMatchObject([
      asDuplicate(first as Receipt),
      { status: 'stored', position: position + 1 },
      asDuplicate(third as Receipt),
      { status: 'stored', position: position + 2 },
      { status: 'duplicate', event_id: two.event_id, position: position + 1 },
    ]);
  });

  test.each(['none', 0])(
    'gets its first receipt although expectedVersion %s no longer holds',
    async (expectedVersion) => {
      const store = openStore(database.url);
      const events = ['a', 'b'].map((call) => ({
        ...jobEventOf(device, call),
        event_id: crypto.randomUUID(),
        timestamp,
      }));
      const receipts = await store.publishBatch(events, { expectedVersion: expectedVersion as 'none' | number });
      await store.publish(jobEventOf(device, 'moves the stream on'));

      expect(receipts).toMatchObject([{ stream_version: 1 }, { stream_version: 2 }]);
      expect(await store.publishBatch(events, { expectedVersion: 'none' })).toEqual(receipts.map(asDuplicate));
    },
  );

  test('for another tenant or device is another event', async () => {
    const store = openStore(database.url);
    const event = known('one id');
    const tenant = (id: string): EventInput => ({
      ...event,
      metadata: { ...event.metadata, tenant: { id, name: id } },
    });
    const elsewhere = { ...event, device_uuid: deviceOf(1000 + number) };

    for (const each of [event, tenant('acme'), tenant('umbrella'), elsewhere]) {
      const receipt = await store.publish(each);
      expect(receipt.status).toBe('stored');
      expect(await store.publish(each)).toEqual(asDuplicate(receipt));
    }
    expect(await countEvents(event.event_id)).toBe(4);
  });
});

describe('one id from sixteen writers at once', () => {
  test('is stored once, and all have the same receipt', async () => {
    const stores = [0, 1, 2, 3].map(() => openStore(database.url));
    for (let round = 0; round < 5; round++) {
      const event = known(`round ${round}`);

      const receipts = await Promise.all(stores.flatMap((store) => [1, 2, 3, 4].map(() => store.publish(event))));

      expect(receipts.filter((receipt) => receipt.status === 'stored')).toHaveLength(1);
      expect(new Set(receipts.map((receipt) => JSON.stringify(asDuplicate(receipt)))).size).toBe(1);
      expect(await countEvents(event.event_id)).toBe(1);
    }
  });

  test('and two contents is stored once, with one of them; the others hear EventIdReused', async () => {
    const stores = [0, 1, 2, 3].map(() => openStore(database.url));
    const event_id = crypto.randomUUID();
    const publish = (index: number): Promise<Receipt> =>
      (stores[index % 4] as (typeof stores)[number]).publish(known(index < 8 ? 'this' : 'that', event_id));

    const settled = await Promise.allSettled(Array.from({ length: 16 }, (_, index) => publish(index)));

    const fulfilled = settled.filter((one) => one.status === 'fulfilled');
    const rejected = settled.filter((one) => one.status === 'rejected');
    expect(fulfilled).toHaveLength(8);
    expect(rejected.map((one) => (one.reason as { code: string }).code)).toEqual(Array(8).fill('EventIdReused'));
    expect(await countEvents(event_id)).toBe(1);
  });
});

describe('the inbox', () => {
  test.each([
    ['with a time of its own', () => known('twice')],
    ['without one', () => ({ ...eventOf(device, 'twice'), event_id: crypto.randomUUID() })],
  ])('takes an event twice, %s, and the log takes it once', async (_, make) => {
    const store = openStore(database.url);
    const session = await openSession(database.url);
    const event = make();
    for (let transaction = 0; transaction < 2; transaction++) {
      await session.ask('begin');
      await store.publish(event, { transaction: session.client });
      await session.ask('commit');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }

    expect(await store.drainInbox()).toMatchObject({ quarantined: 0, left: [] });

    expect(await countEvents(event.event_id)).toBe(1);
    expect(await session.ask('select from telltale.inbox')).toEqual([]);
  });

  test('lets a direct publish of an id that waits in it return the receipt of the one that came first', async () => {
    const store = openStore(database.url);
    const session = await openSession(database.url);
    const event = known('first by transaction');
    await session.ask('begin');
    await store.publish(event, { transaction: session.client });
    await session.ask('commit');

    expect(await store.publish(event)).toMatchObject({ status: 'duplicate', event_id: event.event_id });
    expect(await countEvents(event.event_id)).toBe(1);
  });

  test('drops an event that is recorded already, and quarantines other content under its id', async () => {
    const store = openStore(database.url);
    const session = await openSession(database.url);
    const event = known('first directly');
    await store.publish(event);
    await session.ask('begin');
    await store.publish(event, { transaction: session.client });
    await store.publish({ ...event, metadata: { call: 'another' } }, { transaction: session.client });
    await store.publish(known('a neighbour'), { transaction: session.client });
    await session.ask('commit');

    expect(await store.drainInbox()).toMatchObject({ quarantined: 1, left: [] });

    expect(await countEvents(event.event_id)).toBe(1);
    expect(
      await session.ask(`select code from telltale.quarantine where event ->> 'event_id' = $1`, [event.event_id]),
    ).toEqual([{ code: 'EventIdReused' }]);
    expect((await store.readStream({ deviceUuid: device })).events).toHaveLength(2);
  });
});
