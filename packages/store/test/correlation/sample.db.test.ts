/** What a correlation reads: found through the segments or without them, the same, and never more than so much. */
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { Registry } from '../../src/catalogue/registry.ts';
import { openDatabase } from '../../src/index.ts';
import { RowReader } from '../../src/read/event-row.ts';
import { Indexer } from '../../src/segment/indexer.ts';
import { countSegments } from '../segment/check.ts';
import { ask } from '../sql/session.ts';
import { fleetEnd, plantFleet, plants } from './planted.ts';
import { deviceUuid, type GeneratedEvent, record } from './record.ts';

const day = 86_400;

async function indexAll(url: string): Promise<void> {
  const database = openDatabase(url);
  try {
    const registry = new Registry();
    await new Indexer(database, registry, new RowReader(registry)).work();
  } finally {
    await database.close();
  }
}

test('what follows a type is the same whether segments or the tail say where its events are', async () => {
  const { url } = await createDatabase('correlation segments');
  const shape = { devices: 30, days: 10, end: fleetEnd };
  await record(url, plantFleet({ seed: 4, ...shape }), shape);
  const askAll = (): Promise<unknown[]> =>
    ask(
      url,
      `select cause, c.* from unnest($1::text[]) cause
       cross join lateral telltale.get_event_correlations(cause, 9, '30 minutes') c`,
      [plants.map(({ cause }) => cause)],
    );
  const before = await askAll();
  await indexAll(url);

  expect(await countSegments(url)).toBeGreaterThan(20);
  expect(before.length).toBeGreaterThan(3);
  expect(await askAll()).toEqual(before);
});

/** `events` on one device in ten days, of which one is a reboot. */
function history(name: string, events: number): GeneratedEvent[] {
  return Array.from({ length: events }, (_, index) => ({
    device: deviceUuid(name),
    type: index === events - 1 ? 'device.rebooted' : 'device.api_call',
    at: fleetEnd - 10 * day + (index * 10 * day) / events,
  }));
}

test('a correlation reads 100,000 events at most, of devices that are not too large', async () => {
  const { url } = await createDatabase('correlation budget');
  const events = [
    ...history('large', 10_500),
    ...Array.from({ length: 150 }, (_, index) => history(`usual ${index}`, 800)).flat(),
  ];
  await record(url, events, { end: fleetEnd, days: 11 });
  const [sampled] = await ask<{ devices: number; large: boolean; pool: number }>(
    url,
    `with pool as materialized (
       select p.pool, t.type_id from telltale.event_types t
       cross join lateral telltale.find_type_devices(t.type_id, to_timestamp($1::float8 - 864000), to_timestamp($1::float8), null) p (pool)
       where t.event_type = 'device.rebooted'
     )
     select cardinality(s.devices) as devices, $2 = any (s.devices) as large, cardinality(pool.pool) as pool
     from pool cross join lateral telltale.sample_devices(pool.pool, pool.type_id, to_timestamp($1::float8 - 864000),
       to_timestamp($1::float8), to_timestamp($1::float8 - 864000), to_timestamp($1::float8), 5000, null) s`,
    [fleetEnd, deviceUuid('large')],
  );

  expect(sampled).toEqual({ devices: 125, large: false, pool: 151 });
});
