/** The analytics while a partition goes: exact between floor and drop, exact behind it, and its counts are removed. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { newestVersion, useDatabase } from '../../../../test/database.ts';
import { countDevices } from '../../src/count/count.ts';
import { type AnyEventStore, dropPartition, EventStore, openDatabase } from '../../src/index.ts';
import { sampleOf, sampleTiers } from '../sql/sample.ts';
import { ask, connect } from '../sql/session.ts';
import { storeSegments } from './fleet.ts';
import { expectExact } from './oracle.ts';

const setClock = (url: string, days: number): Promise<unknown> =>
  ask(
    url,
    `create or replace function telltale.clock() returns timestamptz language sql volatile
    return clock_timestamp() + interval '${days} days'`,
  );

const device = randomUUID();
const others = [device, randomUUID(), randomUUID()];

/** Three days of 4,000 events each, in all tiers: one block, and a tail that begins on the second day. */
async function fill(url: string): Promise<void> {
  const store: AnyEventStore = new EventStore({ connection: url, worker: false, clockBound: '100 years' });
  for (const day of [0, 1, 2]) {
    await setClock(url, day);
    for (let batch = 0; batch < 4; batch++) {
      await store.publishBatch(
        Array.from({ length: 1000 }, (_, index) =>
          sampleOf(sampleTiers[index % 4] ?? 'debug', others[index % 3] ?? device, {
            timestamp: new Date(Date.now() - index * 60_000),
            metadata: { severity: index % 5 === 0 ? 'error' : 'warning' },
          }),
        ),
      );
    }
  }
  await store.close();
}

describe.each(newestVersion())('on PostgreSQL %i', (version) => {
  const database = useDatabase('dropped counts', { version });

  beforeAll(async () => {
    await fill(database.url);
    const application = openDatabase(database.url, { role: 'telltale_application', connections: 1 });
    await countDevices(application);
    await application.close();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await storeSegments(client);
    await client.end();
  });

  test('the answers are exact below a floor, during the drop and after it', async () => {
    const { url } = database;
    const client = await connect(url);
    const maintenance = openDatabase(url, { role: 'telltale_maintenance', connections: 2 });
    onTestFinished(() => maintenance.close());
    const names = await ask<{ name: string }>(
      url,
      `select distinct e.tableoid::regclass::text as name from telltale.events_debug e order by 1`,
    );
    const oldest = (names[0]?.name ?? '').replace('telltale.', '');
    const gone = `select
      (select coalesce(sum(events), 0)::int from telltale.event_counts c where tier = 3 and recorded_day <= floor.day) as events,
      (select count(*)::int from telltale.device_counts c where debug > 0 and recorded_day <= floor.day
        and critical is null and important is null and standard is null) as devices
      from (select (max(recorded_at) at time zone 'UTC')::date as day from telltale.log_floors where tier = 3) floor`;
    const whole = await expectExact(client, device, [null]);

    await client.query('select telltale.raise_floor($1)', [oldest]);
    expect(await expectExact(client, device, [null])).toBe(whole - 1000);
    expect((await client.query(gone)).rows).toEqual([{ events: 1000, devices: 0 }]);

    await dropPartition(maintenance, oldest);
    expect(await expectExact(client, device, [null])).toBe(whole - 1000);
    expect((await client.query(gone)).rows).toEqual([{ events: 0, devices: 0 }]);

    await dropPartition(maintenance, (names[1]?.name ?? '').replace('telltale.', ''));
    expect(await expectExact(client, device, [null])).toBe(whole - 2000);
  });
});
