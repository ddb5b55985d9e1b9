/** What SQL could not check and the move refuses is kept with its reason, told, and replayed: nothing is ever lost. */
import { randomUUID } from 'node:crypto';
import type { Event } from '@telltale/catalogue';
import { describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import type { AnyEventStore } from '../../src/index.ts';
import { ask, openStore } from './session.ts';

const object = { type: 'object' } as const;

const eventsOf = async (store: AnyEventStore, device: string): Promise<Event[]> =>
  (await store.readStream({ deviceUuid: device })).events;

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('quarantine', { version });

  async function publish(type: string, device: string, data: string): Promise<void> {
    await ask(database.url, `select telltale.publish_event($1, 'device', $2, $3::jsonb)`, [type, device, data]);
  }

  /** Rows of the inbox and of the quarantine for one device. */
  async function keptOf(device: string): Promise<unknown> {
    const [row] = await ask(
      database.url,
      `select (select count(*)::int from telltale.inbox where shard = $1) as inbox,
         (select count(*)::int from telltale.quarantine where shard = $1) as quarantine`,
      [device],
    );
    return row;
  }

  test('a payload that does not fit its schema is quarantined with code and reason, and diagnose() shows it', async () => {
    const store = openStore(database.url);
    const device = randomUUID();
    await publish('device.rebooted', device, '{"trigger": "magic"}');
    await publish('device.heartbeat', device, '{}');

    expect(await store.drainInbox()).toMatchObject({ moved: 1, quarantined: 1 });
    expect((await eventsOf(store, device)).map((event) => event.event_type)).toEqual(['device.heartbeat']);
    const { findings, quarantine } = await store.diagnose();
    const own = quarantine.find((row) => JSON.stringify(row).includes(device));
    expect(own).toMatchObject({
      code: 'InvalidEvent',
      reason: expect.stringMatching(
        /device\.rebooted at \/data\/trigger: expected it to be one of .* \(found: "magic"\)/,
      ),
    });
    expect(findings).toContainEqual(
      expect.objectContaining({
        level: 'warning',
        subject: 'inbox',
        message: expect.stringMatching(/\d+ quarantined; mend/),
      }),
    );
  });

  test('it is replayed when the schema of its type has been corrected, under the id that the caller got', async () => {
    const store = openStore(database.url);
    const device = randomUUID();
    const strict = { ...object, required: ['degrees'], properties: { degrees: { type: 'integer' } } };
    await store.registerEventType({ name: 'kiln.fired', description: 'A kiln was fired.', schema: strict });
    await publish('kiln.fired', device, '{"degrees": 900.5}');
    await store.drainInbox();
    expect(await keptOf(device)).toEqual({ inbox: 0, quarantine: 1 });

    await store.registerEventType({
      name: 'kiln.fired',
      version: 2,
      description: 'A kiln was fired.',
      schema: { ...strict, properties: { degrees: { type: 'number' } } },
      previous: [{ version: 1, schema: strict, upcast: (data) => data }],
    });
    expect(await store.replayQuarantine()).toBeGreaterThan(0);
    await store.drainInbox();

    expect(await keptOf(device)).toEqual({ inbox: 0, quarantine: 0 });
    expect(await eventsOf(store, device)).toEqual([
      expect.objectContaining({ event_type: 'kiln.fired', schema_version: 2, data: { degrees: 900.5 } }),
    ]);
  });

  test('a replay that is still refused goes back into the quarantine', async () => {
    const store = openStore(database.url);
    const device = randomUUID();
    await publish('device.rebooted', device, '{"trigger": "magic"}');
    await store.drainInbox();
    const [row] = await ask<{ id: string }>(
      database.url,
      `select inbox_id as id from telltale.quarantine where shard = $1`,
      [device],
    );

    expect(await store.replayQuarantine(Number(row?.id))).toBe(1);
    expect(await keptOf(device)).toEqual({ inbox: 1, quarantine: 0 });
    expect(await store.replayQuarantine(Number(row?.id))).toBe(0);
    await store.drainInbox();
    expect(await keptOf(device)).toEqual({ inbox: 0, quarantine: 1 });
  });

  test('a type that this process does not know is learned from the database before it is judged', async () => {
    const [mover, other] = [openStore(database.url), openStore(database.url)];
    const device = randomUUID();
    await mover.eventTypes();
    await other.registerEventType({ name: 'loom.stopped', description: 'Stopped.', schema: object });
    await publish('loom.stopped', device, '{}');

    expect((await mover.drainInbox()).quarantined).toBe(0);
    expect(await eventsOf(mover, device)).toHaveLength(1);
  });

  test('a type or a version that nobody here knows is left for a process that does', async () => {
    const store = openStore(database.url);
    const device = randomUUID();
    // A newer process's event: its type is not in this database yet.
    await ask(database.url, `select telltale.enqueue_event($1, $2)`, [
      device,
      JSON.stringify({ event_type: 'press.jammed', device_uuid: device, data: {}, timestamp: '2026-01-01T00:00:00Z' }),
    ]);
    await ask(database.url, `select telltale.enqueue_event($1, $2)`, [
      device,
      JSON.stringify({ event_type: 'device.heartbeat', schema_version: 7, device_uuid: device, data: {} }),
    ]);
    await publish('device.heartbeat', device, '{}');

    expect(await store.drainInbox()).toMatchObject({
      moved: 1,
      quarantined: 0,
      left: [expect.any(Number), expect.any(Number)],
    });
    expect(await keptOf(device)).toEqual({ inbox: 2, quarantine: 0 });
    // What is left does not hold up a direct publish on the same device either.
    await store.publish({ event_type: 'device.heartbeat', device_uuid: device, data: {} });
    await openStore(database.url).registerEventType({ name: 'press.jammed', description: 'Jammed.', schema: object });
    await store.drainInbox();
    expect((await eventsOf(store, device)).map((event) => event.event_type).sort()).toEqual([
      'device.heartbeat',
      'device.heartbeat',
      'press.jammed',
    ]);
    await ask(
      database.url,
      `select telltale.discard_inbox(array(select inbox_id from telltale.inbox where shard = $1))`,
      [device],
    );
  });

  test.each<[string, string, string]>([
    ['an integer beyond 2^53, which JavaScript would round', '{"state": {"a": 9007199254740993}}', 'UnsafeNumber'],
    ['a number beyond every double', '{"state": {"a": 1e400}}', 'UnsafeNumber'],
    ['65 levels of nesting', `{"state": {"a": ${'['.repeat(63)}${']'.repeat(63)}}}`, 'InvalidEvent'],
    ['3,000 levels of nesting', `{"state": {"a": ${'['.repeat(3000)}${']'.repeat(3000)}}}`, 'InvalidEvent'],
    ['60,000 bytes', `{"state": {"a": "${'x'.repeat(60_000)}"}}`, 'EventTooLarge'],
    ['one MiB', `{"state": {"a": "${'x'.repeat(1_048_000)}"}}`, 'EventTooLarge'],
  ])('%s is quarantined as it is, byte for byte', async (_what, data, code) => {
    const store = openStore(database.url);
    const device = randomUUID();
    await publish('current_state.updated', device, data);
    await store.drainInbox();

    expect(
      await ask(
        database.url,
        `select code, event -> 'data' = $2::jsonb as same from telltale.quarantine where shard = $1`,
        [device, data],
      ),
    ).toEqual([{ code, same: true }]);
  });

  test('one MiB is moved by a process whose limit allows it', async () => {
    const device = randomUUID();
    await publish('current_state.updated', device, `{"state": {"a": "${'x'.repeat(1_048_000)}"}}`);
    const store = openStore(database.url, { limits: { eventBytes: 1_100_000 } });
    await store.drainInbox();
    const [event] = (await eventsOf(store, device)) as [Event];

    expect((event.data as { state: { a: string } }).state.a).toHaveLength(1_048_000);
    expect(await store.verifyEvent(event.event_id)).toEqual([expect.objectContaining({ valid: true })]);
  });

  test.each(['null', '[]', '42', '"text"', '{}', '{"event_type": 7}', '{"event_type": null, "data": {}}'])(
    'what somebody enqueued by hand and is no event (%s) is quarantined and holds nobody up',
    async (event) => {
      const store = openStore(database.url);
      const device = randomUUID();
      await ask(database.url, `select telltale.enqueue_event($1, $2)`, [device, event]);
      await publish('device.heartbeat', device, '{}');
      await store.drainInbox();

      expect(await keptOf(device)).toEqual({ inbox: 0, quarantine: 1 });
      expect(await eventsOf(store, device)).toHaveLength(1);
    },
  );

  test('an id that is used for another content is quarantined, and nothing beside it', async () => {
    const store = openStore(database.url);
    const device = randomUUID();
    const { event_id: id } = await store.publish({ event_type: 'device.heartbeat', device_uuid: device, data: {} });
    const enqueue = (extra: object): Promise<unknown> =>
      ask(database.url, `select telltale.enqueue_event($1, $2)`, [
        device,
        JSON.stringify({ event_type: 'device.heartbeat', device_uuid: device, data: {}, ...extra }),
      ]);
    await enqueue({});
    await enqueue({ event_id: id, source: 'another' });
    await enqueue({});
    await store.drainInbox();

    expect(await ask(database.url, `select code from telltale.quarantine where shard = $1`, [device])).toEqual([
      { code: 'EventIdReused' },
    ]);
    expect(await eventsOf(store, device)).toHaveLength(3);
  });

  test('quarantined events are in no log, and what is in a log is sound', async () => {
    expect(await openStore(database.url).verify()).toMatchObject({ changed: [], miscounted: [] });
  });
});
