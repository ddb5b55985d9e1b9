/** What a correlation makes of time of which one tier is gone. */
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { ask } from '../sql/session.ts';
import { fleetEnd, plantFleet, plants } from './planted.ts';
import { record } from './record.ts';

test('what was dropped of one tier hides nothing of the others', async () => {
  const { url } = await createDatabase('correlation floor');
  const shape = { devices: 30, days: 20, end: fleetEnd };
  await record(url, plantFleet({ seed: 4, ...shape }), shape);
  const important = plants.map(({ cause }) => cause);
  const askAll = (): Promise<unknown[]> =>
    ask(
      url,
      `select cause, c.* from unnest($1::text[]) cause
       cross join lateral telltale.get_event_correlations(cause, 12, '30 minutes') c
       join telltale.event_types t on t.event_type = c.correlated_event_type
       where t.retention_tier <> 'debug'`,
      [important],
    );
  const before = await askAll();
  expect(before.length).toBeGreaterThan(1);

  await ask(
    url,
    `insert into telltale.log_floors (log, tier, position, tier_position, recorded_at)
     select log, 3, 0, 0, to_timestamp(${fleetEnd}) from telltale.logs`,
  );

  expect((await askAll()).length).toBeGreaterThan(before.length / 2);
});
