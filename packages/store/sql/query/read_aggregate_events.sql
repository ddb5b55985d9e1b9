-- Reads the events of one aggregate without versions, other than a device, since a time, behind the key (:key_time, :log,
-- :position). :tenant null is all.
select
  e.tier, e.log, e.position::text, e.tier_position::text, e.stream_version::text,
  (extract(epoch from e.recorded_at) * 1000000)::bigint::text as recorded_at,
  (extract(epoch from e."timestamp") * 1000000)::bigint::text as "timestamp",
  e.type_id, e.schema_version, e.severity, e.outcome, e.impact, e.actor_type, e.on_device, e.event_id, e.shard_key,
  e.correlation_id, e.causation_id, encode(e.checksum, 'hex') as checksum, e.tenant, e.aggregate_type, e.aggregate_id,
  e.actor_id, e.source, e.traceparent, e.data::text as data, e.context_id::text, e.context::text as context
from telltale.recorded_events e
where e.aggregate_id = :aggregate_id and e.aggregate_type = :aggregate_type and e.stream_version is null
  and e.recorded_at >= :recorded_since::timestamptz
  and e."timestamp" >= :from::timestamptz
  and (e."timestamp", e.log, e.position) > (:key_time::timestamptz, :log::integer, :position::bigint)
  and (:tenant::text is null or e.tenant = :tenant)
  and not exists (
    select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position
  )
order by e."timestamp", e.log, e.position
limit :limit;
