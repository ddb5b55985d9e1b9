/** What follows what, beyond chance: precision, recall, strength and lag on fleets of which the truth is known. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, testVersions, useDatabase } from '../../../../test/database.ts';
import { ask, connect, sqlState } from '../sql/session.ts';
import { commonCause, fleetEnd, type Plant, plantedTypes, plantFleet, plants, suspects } from './planted.ts';
import { record } from './record.ts';

const soak = Boolean(process.env['TELLTALE_SOAK']);
const [newest = 18, ...older] = testVersions();
// All types only in the long run: half of a seed's time.
const runs = [
  ...(soak ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1, 2]).map((seed) => ({ seed, version: newest })),
  ...older.map((version) => ({ seed: 1, version })),
];
const shape = { devices: 50, days: 18, end: fleetEnd };
const daysBack = 11;

interface Found {
  readonly cause: string;
  readonly effect: string;
  readonly strength: number;
  readonly lag: number | null;
}

async function findAll(url: string, types: readonly string[]): Promise<Found[]> {
  return ask<Found>(
    url,
    `select cause, correlated_event_type as effect, correlation_strength::float8 as strength, avg_time_between_seconds::float8 as lag
     from unnest($1::text[]) cause cross join lateral telltale.get_event_correlations(cause, $2)`,
    [types, daysBack],
  );
}

function findPlant(found: readonly Found[], plant: Plant): Found | undefined {
  return found.find(({ cause, effect }) => cause === plant.cause && effect === plant.effect);
}

function refusalOf(url: string, call: string): Promise<string> {
  return sqlState(ask(url, `select telltale.get_event_correlations(${call})`));
}

describe.each(runs)('a fleet with planted causes (seed $seed, PostgreSQL $version)', ({ seed, version }) => {
  let found: Found[] = [];
  const database = useDatabase(`correlation ${seed}`, { version });

  beforeAll(async () => {
    await record(database.url, plantFleet({ seed, ...shape }), shape);
    found = await findAll(database.url, soak ? plantedTypes : suspects);
    if (soak) console.log(JSON.stringify({ seed, version, found }));
  });

  test('every planted cause is found, and nothing that only looks like one', () => {
    const pairs = found.map(({ cause, effect }) => `${cause} -> ${effect}`);

    expect(pairs.sort()).toEqual(plants.map(({ cause, effect }) => `${cause} -> ${effect}`).sort());
  });

  test('the strength is the probability that was planted', () => {
    const off = plants.map((plant) => Math.abs((findPlant(found, plant)?.strength ?? 9) - plant.strength));

    expect(Math.max(...off)).toBeLessThan(0.15);
  });

  test('the time between is right within 15 %', () => {
    const followed = plants.filter(({ strength }) => strength > 0);
    const off = followed.map((plant) => Math.abs((findPlant(found, plant)?.lag ?? 0) / plant.lag - 1));

    expect(Math.max(...off)).toBeLessThan(0.15);
  });
});

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('correlation arguments', { version });
  const small = { devices: 30, days: 10, end: fleetEnd };

  beforeAll(async () => {
    await record(database.url, plantFleet({ seed: 4, ...small }), small);
  });

  test('events that come together on the whole fleet are told as a common cause, not as a correlation', async () => {
    const [cause, effect] = commonCause;
    const rows = await ask(
      database.url,
      `select explanation from telltale.get_event_correlations($1, 9, '30 minutes') where correlated_event_type = $2`,
      [cause, effect],
    );

    expect(rows).toContainEqual({ explanation: 'common cause' });
    expect((await findAll(database.url, [cause])).filter((row) => row.effect === effect)).toEqual([]);
  });

  test('an effect is preceded by its cause, and a sample gives the same answer as all, within its error', async () => {
    const [plant] = plants as [Plant];
    const strengths = await ask<{ direction: string; whole: number; sample: number }>(
      database.url,
      `select direction, w.correlation_strength::float8 as whole, s.correlation_strength::float8 as sample
       from telltale.get_event_correlations($1, 9, '30 minutes') w
       join telltale.get_event_correlations($1, 9, '30 minutes', 150) s using (correlated_event_type, direction)
       where correlated_event_type = $2`,
      [plant.cause, plant.effect],
    );
    const backward = await ask<{ direction: string }>(
      database.url,
      `select direction from telltale.get_event_correlations($1, 9, '30 minutes') where correlated_event_type = $2`,
      [plant.effect, plant.cause],
    );

    expect(strengths.map(({ direction }) => direction)).toEqual(['follows']);
    for (const { whole, sample } of strengths) expect(Math.abs(whole - sample)).toBeLessThan(0.15);
    expect(backward).toEqual([{ direction: 'precedes' }]);
  });

  test('a tenant sees its own events only, and the application may ask', async () => {
    const client = await connect(database.url, 'telltale_application');
    const { rows } = await client.query(
      `select count(*)::int as all, (select count(*)::int from telltale.get_event_correlations($1, 9, '30 minutes', 5000, 'acme')) as acme
       from telltale.get_event_correlations($1, 9)`,
      [plants[0]?.cause],
    );

    expect(rows).toEqual([{ all: 1, acme: 0 }]);
  });

  test('an unknown type and days out of range are refused', async () => {
    const { url } = database;

    expect(await refusalOf(url, `'no.such_type'`)).toBe('TT002');
    expect(await refusalOf(url, `'device.online', 0`)).toBe('TT011');
    expect(await refusalOf(url, `'device.online', 3651`)).toBe('TT011');
    expect(await refusalOf(url, `'device.online', 7, '13 hours'`)).toBe('TT011');
    expect(await refusalOf(url, `'device.online', 7, '30 minutes', 0`)).toBe('TT011');
  });
});

test('a fleet of which nothing causes anything gives nothing', async () => {
  const database = await createDatabase('correlation null');
  await record(database.url, plantFleet({ seed: 5, ...shape, without: true }), shape);

  expect(await findAll(database.url, soak ? plantedTypes : suspects)).toEqual([]);
});
