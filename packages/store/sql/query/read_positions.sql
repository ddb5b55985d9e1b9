-- The events at some positions, newest first in the order (timestamp, log, position), before a key. :owners says for
-- each position which of the segments (:logs, :recorded_from, :recorded_to) it is in; these prune the partitions, and
-- :earliest to :latest, which has them all, those that the statement opens in the first place.
-- `and true` is where a search puts the condition of its filter; contexts are joined for it, and left out without.
with wanted as materialized (
  select p.owner, array_agg(p.position) as positions
  from unnest(:owners::integer[], :positions::bigint[]) as p (owner, position)
  group by p.owner
)
select
  e.tier, e.log, e.position::text, e.tier_position::text, e.stream_version::text,
  telltale.epoch_microseconds(e.recorded_at) as recorded_at, telltale.epoch_microseconds(e."timestamp") as "timestamp",
  e.type_id, e.schema_version, e.severity, e.outcome, e.impact, e.actor_type, e.on_device, e.event_id, e.shard_key,
  e.correlation_id, e.causation_id, encode(e.checksum, 'hex') as checksum, e.tenant, e.aggregate_type, e.aggregate_id,
  e.actor_id, e.source, e.traceparent, e.data::text as data, e.context_id::text, e.context::text as context
-- Only what is shown is written out: the sort is over the rows as they are.
from (
  select e.*
  from wanted w
  join unnest(:logs::smallint[], :recorded_from::timestamptz[], :recorded_to::timestamptz[])
    with ordinality as s (log, recorded_from, recorded_to, owner) on s.owner = w.owner
  cross join lateral (
    select * from telltale.recorded_events r
    where r.log = s.log and r.position = any (w.positions) and r.recorded_at between s.recorded_from and s.recorded_to
      and r.recorded_at between :earliest::timestamptz and :latest::timestamptz
    -- A fence: PostgreSQL would rather read whole partitions by an index on time, when it has no statistics of them yet.
    offset 0
  ) e
  left join telltale.contexts c on c.context_id = e.context_id
  where (e."timestamp", e.log, e.position) < (:before_time::timestamptz, :before_log::integer, :before_position::bigint)
    and e."timestamp" between :from::timestamptz and :to::timestamptz
    and (:tenant::text is null or e.tenant = :tenant)
    and not exists (
      select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position)
    and true
  order by e."timestamp" desc, e.log desc, e.position desc
  limit :limit
) e
order by e."timestamp" desc, e.log desc, e.position desc;
