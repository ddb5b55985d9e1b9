/** What a correlation reads: found through the segments or without them, the same, and never more than so much. */
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { Registry } from '../../src/catalogue/registry.ts';
import { openDatabase } from '../../src/index.ts';
import { RowReader } from '../../src/read/event-row.ts';
import { Indexer } from '../../src/segment/indexer.ts';
import { keyOf } from '../../src/segment/key.ts';
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

/** 30,000 events of one week on fifty devices: one in eight fails, most of those with agent 2.1; late ones among them. */
function failures(): GeneratedEvent[] {
  return Array.from({ length: 30_000 }, (_, index) => ({
    device: deviceUuid(`failing ${(index * 7) % 50}`),
    type: index % 3 === 0 ? 'device.provisioned' : 'device.api_call',
    at: fleetEnd - 6 * day + index * 17,
    severity: index % 8 === 0 ? 3 : 1,
    data: { agent: index % 8 === 0 ? (index % 5 === 0 ? '1.9' : '2.1') : index % 10 === 0 ? '2.1' : '1.9' },
  }));
}

const compare = (url: string, selection: object, sample: number): Promise<Record<string, unknown>[]> =>
  ask(url, 'select * from telltale.get_event_difference($1, null, $2)', [selection, sample]);

test('a difference is the same through segments where all fits in the sample, and finds what is planted where it does not', async () => {
  const { url } = await createDatabase('difference segments');
  await record(url, failures(), { end: fleetEnd, days: 7 });
  const to = new Date((fleetEnd - 5 * day) * 1000).toISOString();
  const selections = [
    { severity_min: 'error', to },
    { event_types: ['device.provisioned'], severity_min: 'error', to },
    { device_uuid: [deviceUuid('failing 3'), deviceUuid('failing 4')], to },
  ];
  const askAll = (): Promise<unknown[]> => Promise.all(selections.map((selection) => compare(url, selection, 6000)));
  const before = await askAll();
  await indexAll(url);

  expect(await countSegments(url)).toBeGreaterThan(25);
  expect(await askAll()).toEqual(before);
  const found = await compare(url, { severity_min: 'error' }, 1000);
  expect(found.map(({ attribute }) => attribute)).not.toContain('hour');
  expect(Number(found.find(({ value }) => value === '2.1')?.['risk_difference'])).toBeGreaterThan(0.6);
  expect(await compare(url, { severity_min: 'error' }, 1000)).toEqual(found);
});

test('SQL makes the keys that segments are indexed by', async () => {
  const { url } = await createDatabase('event key');
  const cases = [
    ['severity', '3'],
    ['late', ''],
    ['tenant', 'ä 😀'],
    ['device', deviceUuid('x')],
  ] as const;

  expect(
    await ask(
      url,
      'select telltale.event_key(kind, value) as key from unnest($1::text[], $2::text[]) c (kind, value)',
      [cases.map(([kind]) => kind), cases.map(([, value]) => value)],
    ),
  ).toEqual(cases.map(([kind, value]) => ({ key: keyOf(kind, value) })));
});
