/** Invariant 2: no reader waits for anybody's open transaction, in this database or in another of the cluster. */
import { describe, expect, test } from 'vitest';
import { createDatabase, testVersions } from '../../../../test/database.ts';
import { deviceOf, eventOf } from './fleet.ts';
import { openSession, type Session } from './session.ts';
import { openStore } from './store.ts';

const device = deviceOf(1);

/** Who holds a transaction open, and what it did before it went idle. */
const obstacles: [who: string, held: { elsewhere?: true; begin?: string; work: string }][] = [
  [
    'an idle writer in another database of the cluster',
    { elsewhere: true, work: 'create table public.written as select 1' },
  ],
  ['an idle writer in this database', { work: 'create table public.written as select 1' }],
  [
    'an idle publisher of the same device',
    { work: `select telltale.publish_event('device.online', 'device', '${device}', '{}')` },
  ],
  [
    'a held snapshot',
    {
      begin: 'begin isolation level repeatable read',
      work: 'select pg_current_xact_id(), count(*) from telltale.recorded_events',
    },
  ],
];

/** How many batches a reader would dare to read that waits for every older transaction to end, as (xid8, id) cursors do. */
async function countSettled(session: Session): Promise<number> {
  const rows = await session.ask(
    'select from telltale.log_batches where xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint',
  );
  return rows.length;
}

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  test.each(obstacles)(
    'readers get every event at once, beside %s',
    async (_, { elsewhere, begin = 'begin', work }) => {
      const { url } = await createDatabase('readers', { version });
      const other = elsewhere ? await createDatabase('elsewhere', { version, empty: true }) : { url };
      const store = openStore(url, { worker: true });
      const [holder, observer] = [await openSession(other.url), await openSession(url)];
      await store.publish(eventOf(device, 'before'));
      await holder.ask(begin);
      await holder.ask(work);
      const subscribed: number[] = [];
      store.subscribe('beside it', ({ position }) => void subscribed.push(position), { poll: 10 });

      let { cursor } = await store.readAll();
      for (let position = 2; position <= 20; position++) {
        await store.publish(eventOf(device, `call ${position}`));
        const page = await store.readAll(cursor);
        expect(page.events.map((event) => event.position)).toEqual([position]);
        expect(page.atHead).toBe(true);
        cursor = page.cursor;
      }
      await expect.poll(() => subscribed.length, { timeout: 30_000 }).toBe(20);

      // The obstacle is one: it would have held up such a reader all the while.
      expect(await countSettled(observer)).toBeLessThanOrEqual(1);
      await holder.ask('rollback');
    },
  );
});
