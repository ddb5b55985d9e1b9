-- Reads the events on one device between two times in order of occurrence, behind a key, as far as they were recorded up
-- to :heads (log -> [position, recorded_at]), so that a long replay sees one and the same history.
select
  e.tier, e.log, e.position::text, e.tier_position::text, e.stream_version::text,
  (extract(epoch from e.recorded_at) * 1000000)::bigint::text as recorded_at,
  (extract(epoch from e."timestamp") * 1000000)::bigint::text as "timestamp",
  e.type_id, e.schema_version, e.severity, e.outcome, e.impact, e.actor_type, e.on_device, e.event_id, e.shard_key,
  e.correlation_id, e.causation_id, encode(e.checksum, 'hex') as checksum, e.tenant, e.aggregate_type, e.aggregate_id,
  e.actor_id, e.source, e.traceparent, e.data::text as data, e.context_id::text, e.context::text as context
from telltale.recorded_events e
where e.shard_key = :shard_key and e.on_device and (:tenant::text is null or e.tenant = :tenant)
  and e.recorded_at > :from::timestamptz - interval '2 days'
  and (e."timestamp", e.log, e.position) > (:from::timestamptz, :log::smallint, :position::bigint)
  and e."timestamp" <= :until
  and e.position <= coalesce((:heads::jsonb -> e.log::text ->> 0)::bigint, 0)
  and not exists (
    select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position
  )
order by e."timestamp", e.log, e.position
limit :limit;
