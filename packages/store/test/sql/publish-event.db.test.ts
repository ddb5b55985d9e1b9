/** `publish_event` from any language: the older system's forms, refused at once where SQL can judge, durable at commit. */
import { randomUUID } from 'node:crypto';
import type { Event } from '@telltale/catalogue';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { ask, openStore } from './session.ts';

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('publish_event', { version });
  let client: Client;

  beforeAll(async () => {
    // As an application calls it: nothing of ours in its search path, and only what the role may.
    client = new Client({ connectionString: database.url, options: '-c role=telltale_application -c search_path=' });
    await client.connect();
  });
  afterAll(() => client.end());

  /** The event's id, as the call returns it. */
  async function call(sql: string, values: unknown[] = []): Promise<string> {
    const { rows } = await client.query<{ publish_event: string }>(`select telltale.publish_event(${sql})`, values);
    return rows[0]?.publish_event ?? '';
  }

  /** Moves the inbox and reads one device's or aggregate's newest event. */
  async function readBack(device: string): Promise<Event> {
    const store = openStore(database.url);
    await store.drainInbox();
    const { events } = await store.readStream({ deviceUuid: device }, { backward: true, limit: 1 });
    return events[0] as Event;
  }

  test('four arguments do: the source is the system, everything else is left out', async () => {
    const device = randomUUID();
    const before = Date.now();
    const id = await call(`'device.heartbeat', 'device', $1, '{}'`, [device]);
    const found = await readBack(device);

    expect(found).toMatchObject({
      event_id: id,
      event_type: 'device.heartbeat',
      aggregate_type: 'device',
      aggregate_id: device,
      device_uuid: device,
      source: 'system',
      data: {},
      correlation_id: null,
      causation_id: null,
      actor_type: null,
      actor_id: null,
      severity: 'debug',
      impact: null,
      tenant: null,
      schema_version: 1,
      metadata: { severity: 'debug' },
    });
    expect(Math.abs(Date.parse(found.timestamp) - before)).toBeLessThan(60_000);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('the eight-argument form of the older system', async () => {
    const device = randomUUID();
    const [correlation, causation] = [randomUUID(), randomUUID()];
    await call(
      `'device.rebooted', 'device', $1, '{"trigger": "user"}', 'gateway', $2::uuid, $3::uuid, '{"tags": {"site": "lab"}, "request": null}'`,
      [device, correlation, causation],
    );

    expect(await readBack(device)).toMatchObject({
      source: 'gateway',
      correlation_id: correlation,
      causation_id: causation,
      data: { trigger: 'user' },
      metadata: { tags: { site: 'lab' } },
    });
  });

  test('the twelve-argument form, and a known actor keeps what the metadata says of it', async () => {
    const device = randomUUID();
    await call(
      `'device.rebooted', 'device', $1, '{}', 'gateway', null, null,
       '{"actor": {"type": "api", "id": "x", "name": "Anna"}, "severity": "debug"}', 'user', 'anna', 'error', 'high'`,
      [device],
    );

    expect(await readBack(device)).toMatchObject({
      actor_type: 'user',
      actor_id: 'anna',
      severity: 'error',
      impact: 'high',
      metadata: { actor: { type: 'user', id: 'anna', name: 'Anna' }, severity: 'error', impact: 'high' },
    });
  });

  test('named arguments in any order', async () => {
    const device = randomUUID();
    await call(
      `p_data => '{}', p_severity => 'warning', p_aggregate_id => $1, p_event_type => 'device.heartbeat', p_aggregate_type => 'device'`,
      [device],
    );

    expect(await readBack(device)).toMatchObject({ severity: 'warning', source: 'system' });
  });

  test('a device named in capitals is the same device', async () => {
    const device = randomUUID();
    await call(`'device.heartbeat', 'device', $1, '{}'`, [device.toUpperCase()]);

    expect(await readBack(device)).toMatchObject({ device_uuid: device, aggregate_id: device });
  });

  test('an app is an aggregate of its own', async () => {
    const store = openStore(database.url);
    await call(`'image.removed', 'app', 'we:b "1"', '{"image": "web:1"}'`);
    await store.drainInbox();
    const { events } = await store.readStream({ aggregateType: 'app', aggregateId: 'we:b "1"' });

    expect(events).toEqual([
      expect.objectContaining({ aggregate_type: 'app', aggregate_id: 'we:b "1"', device_uuid: null }),
    ]);
    expect(await store.verifyEvent(events[0]?.event_id ?? '')).toEqual([expect.objectContaining({ valid: true })]);
  });

  test('a job gets the next version of its stream when it is moved', async () => {
    const store = openStore(database.url);
    await store.publish({ event_type: 'job.queued', aggregate_id: 'sql-17', data: { job_id: 'sql-17' } });
    await call(`'job.started', 'job', 'sql-17', '{"job_id": "sql-17"}'`);
    await store.drainInbox();
    const { events } = await store.readStream({ aggregateType: 'job', aggregateId: 'sql-17' });

    expect(events.map((event) => [event.event_type, event.stream_version])).toEqual([
      ['job.queued', 1],
      ['job.started', 2],
    ]);
  });

  test('a null is a fact in the payload, and says nothing in the metadata', async () => {
    const device = randomUUID();
    await call(
      `'current_state.updated', 'device', $1, '{"state": {"a": null, "b": [null]}}', p_metadata => '{"note": {"c": null, "d": 1}, "tags": null}'`,
      [device],
    );

    const { data, metadata } = await readBack(device);
    expect(data).toEqual({ state: { a: null, b: [null] } });
    expect(metadata).toEqual({ note: { d: 1 }, severity: 'info' });
  });

  test('what a transaction rolls back was never published, and what it commits is there after the commit', async () => {
    const device = randomUUID();
    const waiting = async (): Promise<unknown> =>
      (await ask(database.url, `select count(*)::int as waiting from telltale.inbox where shard = $1`, [device]))[0];
    await client.query('begin');
    await call(`'device.heartbeat', 'device', $1, '{}'`, [device]);
    expect(await waiting()).toEqual({ waiting: 0 });
    await client.query('rollback');
    expect(await waiting()).toEqual({ waiting: 0 });
    await client.query('begin');
    const ids = [
      await call(`'device.heartbeat', 'device', $1, '{}'`, [device]),
      await call(`'device.heartbeat', 'device', $1, '{}'`, [device]),
    ];
    await client.query('commit');
    const store = openStore(database.url);
    await store.drainInbox();

    // Both at one moment of one device: the order of the calls is the order in the log.
    const { events } = await store.readStream({ deviceUuid: device });
    expect(events.sort((one, other) => one.position - other.position).map((event) => event.event_id)).toEqual(ids);
  });

  test('a savepoint that is rolled back takes only what came after it', async () => {
    const device = randomUUID();
    await client.query('begin');
    const kept = await call(`'device.heartbeat', 'device', $1, '{}'`, [device]);
    await client.query('savepoint here');
    await call(`'device.heartbeat', 'device', $1, '{}'`, [device]);
    await client.query('rollback to here');
    await client.query('commit');
    const store = openStore(database.url);
    await store.drainInbox();

    expect((await store.readStream({ deviceUuid: device })).events.map((event) => event.event_id)).toEqual([kept]);
  });

  test.each<[string, string]>([
    [`'device.rebootd', 'device', $1, '{}'`, 'TT002'],
    [`null, 'device', $1, '{}'`, 'TT002'],
    [`'', 'device', $1, '{}'`, 'TT002'],
    [`'device.heartbeat', 'robot', $1, '{}'`, 'TT011'],
    [`'device.heartbeat', null, $1, '{}'`, 'TT011'],
    [`'device.heartbeat', 'device', 'press-07', '{}'`, 'TT011'],
    [`'device.heartbeat', 'device', null, '{}'`, 'TT011'],
    [`'device.heartbeat', 'device', '', '{}'`, 'TT011'],
    [`'image.removed', 'app', repeat('x', 256), '{}'`, 'TT011'],
    [`'device.heartbeat', 'device', $1, null`, 'TT011'],
    [`'device.heartbeat', 'device', $1, '[]'`, 'TT011'],
    [`'device.heartbeat', 'device', $1, 'null'`, 'TT011'],
    [`'device.heartbeat', 'device', $1, '{}', p_source => repeat('x', 101)`, 'TT011'],
    [`'device.heartbeat', 'device', $1, '{}', p_source => ''`, 'TT011'],
    [`'device.heartbeat', 'device', $1, '{}', p_metadata => '[]'`, 'TT011'],
    [`'device.heartbeat', 'device', $1, '{}', p_metadata => 'null'`, 'TT011'],
    [`'device.heartbeat', 'device', $1, '{}', p_actor_type => 'user'`, 'TT011'],
    [`'device.heartbeat', 'device', $1, '{}', p_actor_id => 'anna'`, 'TT011'],
    [`'device.heartbeat', 'device', $1, '{}', p_actor_type => 'robot', p_actor_id => 'r2'`, 'TT011'],
    [`'device.heartbeat', 'device', $1, '{}', p_actor_type => 'user', p_actor_id => ''`, 'TT011'],
    [`'device.heartbeat', 'device', $1, '{}', p_actor_type => 'user', p_actor_id => repeat('x', 256)`, 'TT011'],
    [`'device.heartbeat', 'device', $1, '{}', p_severity => 'warn'`, 'TT011'],
    [`'device.heartbeat', 'device', $1, '{}', p_impact => 'huge'`, 'TT011'],
    [`'device.heartbeat', 'device', $1, jsonb_build_object('x', repeat('x', 1100000))`, 'TT011'],
  ])('refused at once: %s', async (sql, code) => {
    const values = sql.includes('$1') ? [randomUUID()] : [];

    await expect(call(sql, values)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/expected .+/),
    });
  });

  test('a refusal in a transaction names the argument, what was expected and what was found', async () => {
    await expect(call(`'device.heartbeat', 'device', 'press-07', '{}'`)).rejects.toThrow(
      'p_aggregate_id: expected the uuid of a device (found: press-07)',
    );
    await expect(call(`'device.rebootd', 'device', $1, '{}'`, [randomUUID()])).rejects.toMatchObject({
      message: 'expected a registered event type (found: device.rebootd)',
      hint: expect.stringContaining('telltale.event_types'),
    });
  });

  test('NUL, which no text of PostgreSQL holds, does not get past its own jsonb', async () => {
    await expect(
      call(`'current_state.updated', 'device', $1, '{"state": {"a": "\\u0000"}}'`, [randomUUID()]),
    ).rejects.toMatchObject({
      code: '22P05',
    });
  });

  test('every event of this is checksummed like the rest', async () => {
    const store = openStore(database.url);
    await store.drainInbox();
    const report = await store.verify();

    expect(report).toMatchObject({ changed: [], miscounted: [] });
    expect(report.verified).toBeGreaterThan(10);
    expect((await store.diagnose()).quarantine).toEqual([]);
  });
});
