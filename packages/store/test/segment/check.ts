/** What must hold of segments and their counts at any moment, and of every answer that comes from them. */
import type { AnyEventStore } from '@telltale/store';
import { expect } from 'vitest';
import { seededRandom } from '../invariant/writer.ts';
import { readEverything } from '../read/fleet.ts';
import { criteriaOf, searchByHand } from '../search/fleet.ts';
import { ask } from '../sql/session.ts';

const findFaults = `
  with heads as (select log, max(last_position) as head from telltale.segments group by log),
  indexed as (
    select e.log, e.position, e.tier, e.type_id, e.severity, coalesce(e.tenant, '') as tenant,
      date_bin('1 hour', e."timestamp", '2000-01-01') as hour, (e.recorded_at at time zone 'UTC')::date as recorded_day
    from telltale.recorded_events e join heads h on h.log = e.log and e.position <= h.head
    where not exists (select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position)
  ),
  scanned as (
    select log, hour, recorded_day, tier, type_id, severity, tenant, count(*) as events from indexed group by 1, 2, 3, 4, 5, 6, 7
  ),
  counted as (
    select log, hour, recorded_day, tier, type_id, severity, tenant, sum(events) as events from telltale.event_counts
    group by 1, 2, 3, 4, 5, 6, 7
  )
  select 'not aligned' as fault, s.log, s.first_position::text as place from telltale.segments s
  where (s.first_position - 1) % 1024 <> 0 or s.last_position <> s.first_position + 1023
  union all
  select 'in no segment', i.log, i.position::text from indexed i
  where not exists (
    select from telltale.segments s where s.log = i.log and s.first_position = i.position - (i.position - 1) % 1024)
  union all
  select 'ahead of its log', h.log, h.head::text from heads h
  where h.head > (select max(last_position) from telltale.log_batches b where b.log = h.log)
  union all
  select 'miscounted', log, concat_ws(' ', hour, tier, type_id, severity, tenant, s.events, c.events)
  from scanned s full join counted c using (log, hour, recorded_day, tier, type_id, severity, tenant)
  where s.events is distinct from c.events`;

/** Segments are whole and in line, and count each event once. Answers with how many there are. */
export async function expectIndexed(url: string): Promise<number> {
  expect(await ask(url, findFaults)).toEqual([]);
  return countSegments(url);
}

export async function countSegments(url: string): Promise<number> {
  const [row] = await ask<{ segments: number }>(url, 'select count(*)::int as segments from telltale.segments');
  return row?.segments ?? 0;
}

/** Searches of every kind find what a look at each event finds. */
export async function expectFound(store: AnyEventStore, seed: string, runs: number): Promise<void> {
  const next = seededRandom(seed);
  const events = await readEverything(store);
  for (let run = 0; run < runs; run++) {
    const criteria = criteriaOf(next, Date.now());
    const found = (await store.search(criteria)).map((event) => event.event_id);
    expect(found, JSON.stringify(criteria)).toEqual(searchByHand(events, criteria));
  }
}
