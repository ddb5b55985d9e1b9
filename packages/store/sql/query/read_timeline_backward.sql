-- Reads what happened on one device within a time, newest first, behind the key (:key_time, :log, :position).
-- All bounds are given, infinite where there is none: with `:from is null or` a generic plan reads from the device's
-- end for every page. :tenant null is all, :type_ids null is all; :own leaves out apps, volumes and others on it.
select
  e.tier, e.log, e.position::text, e.tier_position::text, e.stream_version::text,
  (extract(epoch from e.recorded_at) * 1000000)::bigint::text as recorded_at,
  (extract(epoch from e."timestamp") * 1000000)::bigint::text as "timestamp",
  e.type_id, e.schema_version, e.severity, e.outcome, e.impact, e.actor_type, e.on_device, e.event_id, e.shard_key,
  e.correlation_id, e.causation_id, encode(e.checksum, 'hex') as checksum, e.tenant, e.aggregate_type, e.aggregate_id,
  e.actor_id, e.source, e.traceparent, e.data::text as data, e.context_id::text, e.context::text as context
from telltale.recorded_events e
where e.shard_key = :shard_key and e.on_device
  and e.recorded_at >= :recorded_since::timestamptz
  and e."timestamp" >= :from::timestamptz and e."timestamp" <= :to::timestamptz
  and (e."timestamp", e.log, e.position) < (:key_time::timestamptz, :log::integer, :position::bigint)
  and (:tenant::text is null or e.tenant = :tenant)
  and (:type_ids::integer[] is null or e.type_id = any (:type_ids))
  and (:sampled::boolean or e.type_id <> all (array(select t.type_id from telltale.event_types t where t.sampled)))
  and (not :own::boolean or e.aggregate_type is null)
  and not exists (
    select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position
  )
order by e."timestamp" desc, e.log desc, e.position desc
limit :limit;
