-- Counts the events at some positions; the parameters are those of read_positions.sql, and `and true` is where the condition
-- of the filter goes.
with wanted as materialized (
  select p.owner, array_agg(p.position) as positions
  from unnest(:owners::integer[], :positions::bigint[]) as p (owner, position)
  group by p.owner
)
select count(*)::integer as events
from wanted w
join unnest(:logs::smallint[], :recorded_from::timestamptz[], :recorded_to::timestamptz[])
  with ordinality as s (log, recorded_from, recorded_to, owner) on s.owner = w.owner
cross join lateral (
  select * from telltale.recorded_events r
  where r.log = s.log and r.position = any (w.positions) and r.recorded_at between s.recorded_from and s.recorded_to
    and r.recorded_at between :earliest::timestamptz and :latest::timestamptz
  offset 0
) e
left join telltale.contexts c on c.context_id = e.context_id
where (:tenant::text is null or e.tenant = :tenant)
  and not exists (
    select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position)
  and true;
