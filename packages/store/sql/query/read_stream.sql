-- Reads the events of one versioned stream in order of version, beyond a version; null to begin.
select
  e.tier, e.log, e.position::text, e.tier_position::text, e.stream_version::text,
  (extract(epoch from e.recorded_at) * 1000000)::bigint::text as recorded_at,
  (extract(epoch from e."timestamp") * 1000000)::bigint::text as "timestamp",
  e.type_id, e.schema_version, e.severity, e.outcome, e.impact, e.actor_type, e.on_device, e.event_id, e.shard_key,
  e.correlation_id, e.causation_id, encode(e.checksum, 'hex') as checksum, e.tenant, e.aggregate_type, e.aggregate_id,
  e.actor_id, e.source, e.traceparent, e.data::text as data, e.context_id::text, e.context::text as context
from telltale.recorded_events e
where e.aggregate_id = :aggregate_id
  and e.aggregate_type = :aggregate_type
  and e.stream_version is not null
  and (e.tenant = :tenant::text or (:tenant::text is null and e.tenant is null))
  and (:version::bigint is null or e.stream_version > :version)
  and not exists (
    select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position
  )
order by e.stream_version
limit :limit;
