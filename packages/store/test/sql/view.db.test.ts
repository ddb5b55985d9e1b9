/** The views that people query by hand say the same as the library. */
import { randomUUID } from 'node:crypto';
import type { Event, EventInput, Tier } from '@telltale/catalogue';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDatabase, testVersions, useDatabase } from '../../../../test/database.ts';
import { canonicalize } from '../../src/event/canonical.ts';
import { dropPartition, openDatabase } from '../../src/index.ts';
import { event } from '../event/arbitrary.ts';
import { devices, publishHistory, readEverything } from '../read/fleet.ts';
import { sampleOfEachTier } from './sample.ts';
import { ask, openStore } from './session.ts';

/** A row of the view as the library's event: JSON once more, because SQL's names and times are its own. */
const asEvent = `jsonb_build_object(
  'event_id', event_id, 'event_type', event_type, 'schema_version', event_version,
  'timestamp', to_char("timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  'recorded_at', to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  'aggregate_type', aggregate_type, 'aggregate_id', aggregate_id, 'device_uuid', device_uuid, 'shard_key', shard_key,
  'tenant', tenant, 'data', data, 'metadata', metadata, 'actor_type', actor_type, 'actor_id', actor_id,
  'severity', severity, 'impact', impact, 'outcome', outcome, 'category', category, 'retention_tier', retention_tier,
  'correlation_id', correlation_id, 'causation_id', causation_id, 'source', source, 'traceparent', traceparent,
  'log', log, 'position', position, 'tier_position', tier_position, 'stream_version', stream_version, 'checksum', checksum)`;

/** Where the view says something else than the library: event and field. */
async function findDifferences(url: string, events: readonly Event[]): Promise<string[]> {
  const rows = await ask<{ event: Event }>(url, `select ${asEvent} as event from telltale.events`);
  const shown = new Map(rows.map((row) => [row.event.event_id, row.event]));
  expect(shown.size).toBe(events.length);
  return events.flatMap((one) =>
    (Object.keys(one) as (keyof Event)[])
      .filter((key) => canonicalize(one[key]) !== canonicalize(shown.get(one.event_id)?.[key] ?? null))
      .map((key) => `${key}: ${canonicalize(one[key])}, not ${canonicalize(shown.get(one.event_id)?.[key] ?? null)}`),
  );
}

/** Sixty arbitrary events, the same in every run; the digit goes into their ids. */
const named = (digit: number): EventInput[] =>
  fc.sample(event, { numRuns: 60, seed: 20_261_123 }).map((one, index) => ({
    ...one,
    event_id: `0192f0c1-7a52-7c3e-9b1${digit}-${String(index).padStart(12, '0')}`,
  }));

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('view', { version });

  test('telltale.events has every field of every event as readAll gives it', async () => {
    const store = openStore(database.url);
    // Metadata is shared from its second sighting on.
    await store.publishBatch(named(1));
    await store.publishBatch(named(2));

    expect(await findDifferences(database.url, await readEverything(store))).toEqual([]);
  });

  test('device_event_timeline has the columns of the specification, newest first', async () => {
    const { url } = await createDatabase('timeline', { version });
    const store = openStore(url);
    await publishHistory(store, 60);
    const [device] = devices;
    const rows = await ask<{ event_id: string; timestamp: Date }>(
      url,
      'select * from telltale.device_event_timeline where device_uuid = $1',
      [device],
    );
    const own = (await readEverything(store)).filter(
      (one) => one.device_uuid === device && one.aggregate_type === 'device',
    );

    expect(Object.keys(rows[0] ?? {})).toEqual([
      'event_id',
      'event_type',
      'timestamp',
      'device_uuid',
      'data',
      'metadata',
      'actor_type',
      'actor_id',
      'severity',
      'event_description',
    ]);
    expect(rows.map((row) => row.event_id).sort()).toEqual(own.map((one) => one.event_id).sort());
    expect(rows.map((row) => row.timestamp.getTime())).toEqual(
      rows.map((row) => row.timestamp.getTime()).sort((one, other) => other - one),
    );
  });

  test('log_heads and the views agree with the tables, also above a floor', async () => {
    const { url } = await createDatabase('heads', { version });
    const store = openStore(url, { clockBound: '100 years' });
    await store.publishBatch(sampleOfEachTier(randomUUID()));
    await ask(
      url,
      `create or replace function telltale.clock() returns timestamptz language sql volatile return clock_timestamp() + interval '8 days'`,
    );
    await store.publishBatch(sampleOfEachTier(randomUUID()));
    const maintenance = openDatabase(url);
    const [oldest] = await ask<{ name: string }>(
      url,
      `select name from telltale.partitions where tier = 'debug' order by from_time`,
    );
    await ask(url, 'select telltale.raise_floor($1)', [oldest?.name]);
    const counted = async (): Promise<unknown> =>
      ask(
        url,
        `select h.retention_tier as tier, h.head::int, h.floor::int, h.live::int, (select count(*)::int from telltale.events e where e.retention_tier = h.retention_tier) as shown
        from telltale.log_heads h order by h.tier`,
      );
    const expected = (['critical', 'important', 'standard', 'debug'] satisfies Tier[]).map((tier) =>
      tier === 'debug'
        ? { tier, head: 2, floor: 1, live: 1, shown: 1 }
        : { tier, head: 2, floor: 0, live: 2, shown: 2 },
    );

    // Between the floor and the drop, and after it.
    expect(await counted()).toEqual(expected);
    await dropPartition(maintenance, oldest?.name ?? '');
    await maintenance.close();
    expect(await counted()).toEqual(expected);
  });
});
