-- The events of a log behind the segments, in order of position: what their keys and counts are made from.
select
  e.tier, e.position::text,
  telltale.epoch_microseconds(e.recorded_at) as recorded_at, telltale.epoch_microseconds(e."timestamp") as "timestamp",
  e.type_id, e.schema_version, e.severity, e.outcome, e.impact, e.actor_type, e.on_device, e.shard_key, e.correlation_id,
  e.causation_id, e.tenant, e.aggregate_type, e.aggregate_id, e.actor_id, e.source, e.data::text as data,
  e.context_id::text, e.context::text as context
from telltale.recorded_events e
where e.log = :log
  and e.position > :after
  and e.position <= :head
  and e.recorded_at >= :since::timestamptz
order by e.position
limit :limit;
