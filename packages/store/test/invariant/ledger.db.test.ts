/** The ledger that replaces an updated head row stays small, and what is thinned from it changes no answer. */
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { findViolations } from './check.ts';
import { setClock } from './clock.ts';
import { deviceOf, eventOf } from './fleet.ts';
import { openSession } from './session.ts';
import { openStore } from './store.ts';

test('thinning keeps up with a busy ledger: one row of each hour is left, and the head', async () => {
  const { url } = await createDatabase('a busy ledger');
  const [store, session] = [openStore(url), await openSession(url)];
  // Three hours of five appends in two seconds: more than one statement removes.
  await session.ask(`
    insert into telltale.log_batches (log, first_position, last_position, recorded_at, critical, important, standard, debug)
    select 0, n, n, date_trunc('hour', now()) - interval '4 hours' + n * interval '0.4 seconds', 0, n, 0, 0
    from generate_series(1, 27000) n`);

  await store.keepHouse();

  const rows = await session.ask<{ last_position: number }>(
    'select last_position::int from telltale.log_batches order by first_position',
  );
  expect(rows.map((row) => row.last_position)).toEqual([8999, 17_999, 26_999, 27_000]);
});

test('thinning changes neither the heads nor what readers and writers do', async () => {
  const { url } = await createDatabase('a thinned ledger');
  const [store, session] = [openStore(url, { clockBound: '1000 years' }), await openSession(url)];
  await setClock(session, '-3 hours');
  for (let call = 0; call < 10; call++) await store.publish(eventOf(deviceOf(call % 3), `old:${call}`));
  await setClock(session, '0');
  const before = [await session.ask('select * from telltale.log_heads'), await store.readAll()];

  await store.keepHouse();

  expect(await session.ask('select from telltale.log_batches')).toHaveLength(1);
  expect([await session.ask('select * from telltale.log_heads'), await store.readAll()]).toEqual(before);
  expect(await store.publish(eventOf(deviceOf(1), 'new'))).toMatchObject({ position: 11 });
  expect(await findViolations(session)).toEqual([]);
});
