-- The events behind the segments, newest first in the order (timestamp, log, position), before a key. :logs, :indexed and
-- :heads say from where to where in each log; :recorded_from, no later than any of them, prunes the partitions when the
-- statement starts. The lists are null for everything; what a filter asks beyond them
-- is put in place of `and true`, with contexts joined for it.
select
  e.tier, e.log, e.position::text, e.tier_position::text, e.stream_version::text,
  telltale.epoch_microseconds(e.recorded_at) as recorded_at, telltale.epoch_microseconds(e."timestamp") as "timestamp",
  e.type_id, e.schema_version, e.severity, e.outcome, e.impact, e.actor_type, e.on_device, e.event_id, e.shard_key,
  e.correlation_id, e.causation_id, encode(e.checksum, 'hex') as checksum, e.tenant, e.aggregate_type, e.aggregate_id,
  e.actor_id, e.source, e.traceparent, e.data::text as data, e.context_id::text, e.context::text as context
-- Only what is shown is written out: the sort is over the rows as they are.
from (
  select e.*
  from unnest(:logs::smallint[], :indexed::bigint[], :heads::bigint[]) as l (log, indexed, head)
  -- Looked up once a log: for each event it took a quarter of the time.
  cross join lateral (
    select array(
      select coalesce(max(f.tier_position), 0)
      from generate_series(0, 3) as t (tier)
      left join telltale.log_floors f on f.log = l.log and f.tier = t.tier
      group by t.tier
      order by t.tier) as dropped
    offset 0
  ) floors
  cross join lateral (
    select * from telltale.recorded_events r
    where r.log = l.log and r.position > l.indexed and r.position <= l.head
      and r.recorded_at >= :recorded_from::timestamptz
      -- What no index could be asked for is looked at before the row is put together.
      and (:tenant::text is null or r.tenant = :tenant)
      and (:type_ids::integer[] is null or r.type_id = any (:type_ids))
      and (:severities::smallint[] is null or r.severity = any (:severities))
      and (:correlations::uuid[] is null or r.correlation_id = any (:correlations))
      and (:causations::uuid[] is null or r.causation_id = any (:causations))
    -- A fence, as in read_positions.sql.
    offset 0
  ) e
  left join telltale.contexts c on c.context_id = e.context_id
  where (e."timestamp", e.log, e.position) < (:before_time::timestamptz, :before_log::integer, :before_position::bigint)
    and e."timestamp" between :from::timestamptz and :to::timestamptz
    and (:devices::uuid[] is null or e.shard_key = any (:devices))
    and (:actors::text[] is null or coalesce(e.actor_id, e.shard_key::text) = any (:actors))
    and e.tier_position > floors.dropped[e.tier + 1]
    and true
  order by e."timestamp" desc, e.log desc, e.position desc
  limit :limit
) e
order by e."timestamp" desc, e.log desc, e.position desc;
