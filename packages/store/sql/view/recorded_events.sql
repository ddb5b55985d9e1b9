-- The events of all tiers, as stored: numbers and interned ids, every column of the tables. PostgreSQL flattens it, so
-- that ORDER BY ... LIMIT on an indexed column is one Merge Append; the library reads this one.
create or replace view telltale.recorded_events with (security_invoker = true) as
select
  0::smallint as tier, position, tier_position, recorded_at, "timestamp", log, type_id, schema_version, severity, outcome,
  impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id, checksum, stream_version, tenant,
  aggregate_type, aggregate_id, actor_id, source, traceparent, data, context_id, context
from telltale.events_critical
union all
select
  1::smallint as tier, position, tier_position, recorded_at, "timestamp", log, type_id, schema_version, severity, outcome,
  impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id, checksum, stream_version, tenant,
  aggregate_type, aggregate_id, actor_id, source, traceparent, data, context_id, context
from telltale.events_important
union all
select
  2::smallint as tier, position, tier_position, recorded_at, "timestamp", log, type_id, schema_version, severity, outcome,
  impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id, checksum, stream_version, tenant,
  aggregate_type, aggregate_id, actor_id, source, traceparent, data, context_id, context
from telltale.events_standard
union all
select
  3::smallint as tier, position, tier_position, recorded_at, "timestamp", log, type_id, schema_version, severity, outcome,
  impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id, checksum, stream_version, tenant,
  aggregate_type, aggregate_id, actor_id, source, traceparent, data, context_id, context
from telltale.events_debug;
