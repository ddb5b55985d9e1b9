-- Reads the newest events of one log up to its head, newest first; the filters are null for everything.
-- :floors is the tier position below which each tier is dropped.
select
  e.tier, e.log, e.position::text, e.tier_position::text, e.stream_version::text,
  (extract(epoch from e.recorded_at) * 1000000)::bigint::text as recorded_at,
  (extract(epoch from e."timestamp") * 1000000)::bigint::text as "timestamp",
  e.type_id, e.schema_version, e.severity, e.outcome, e.impact, e.actor_type, e.on_device, e.event_id, e.shard_key,
  e.correlation_id, e.causation_id, encode(e.checksum, 'hex') as checksum, e.tenant, e.aggregate_type, e.aggregate_id,
  e.actor_id, e.source, e.traceparent, e.data::text as data, e.context_id::text, e.context::text as context
from telltale.recorded_events e
where e.log = :log
  and e.position <= :head
  and e.tier_position > (:floors::bigint[])[e.tier + 1]
  and (:tiers::smallint[] is null or e.tier = any (:tiers))
  and (:type_ids::integer[] is null or e.type_id = any (:type_ids))
  and (:shard_key::uuid is null or e.shard_key = :shard_key)
  and (:severity::smallint is null or e.severity >= :severity)
  and (:tenant::text is null or e.tenant = :tenant)
order by e.position desc
limit :limit;
