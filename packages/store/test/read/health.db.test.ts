/** telltale.health_score is the catalogue's health score, in SQL. */
import { type HealthCounts, healthOf } from '@telltale/catalogue';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { ask } from '../sql/session.ts';

/** In the order of the function's arguments. */
const names = [
  'days',
  'critical',
  'errors',
  'warnings',
  'online',
  'offline',
  'alertsTriggered',
  'alertsResolved',
  'healthDegraded',
  'healthRecovered',
  'jobsFailed',
  'jobsCompleted',
] as const satisfies readonly (keyof HealthCounts)[];

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('health', { version });

  test('SQL and the catalogue give the same score for the same counts', async () => {
    const count = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** 40 }));
    const samples = fc.sample(fc.tuple(fc.integer({ min: 1, max: 3650 }), ...names.slice(1).map(() => count)), 2000);
    const rows = await ask<{ score: number }>(
      database.url,
      `select telltale.health_score(c[1]::int, c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], c[11], c[12])::float8 as score
       from (
         select array(select jsonb_array_elements_text(sample)::bigint) as c, place
         from jsonb_array_elements($1::jsonb) with ordinality s (sample, place)
       ) s order by place`,
      [JSON.stringify(samples)],
    );
    const expected = samples.map(
      (sample) => healthOf(Object.fromEntries(names.map((name, index) => [name, sample[index]])) as never).score,
    );

    expect(new Set(expected).size).toBeGreaterThan(500);
    expect(rows.map((row) => row.score)).toEqual(expected);
  });

  test('what is left out counts as none', async () => {
    expect(await ask(database.url, 'select telltale.health_score(30) as score')).toEqual([{ score: '100.00' }]);
  });
});
