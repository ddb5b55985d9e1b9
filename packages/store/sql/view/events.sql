-- The events as people read them: names instead of numbers, metadata put together, the specification's columns.
-- Rows below a floor are about to be dropped and are not shown.
create or replace view telltale.events with (security_invoker = true) as
select
  e.event_id,
  t.event_type,
  e.schema_version as event_version,
  e."timestamp",
  e.recorded_at,
  coalesce(e.aggregate_type, 'device') as aggregate_type,
  coalesce(e.aggregate_id, e.shard_key::text) as aggregate_id,
  case when e.on_device then e.shard_key end as device_uuid,
  e.shard_key,
  e.tenant,
  e.data::jsonb as data,
  coalesce(c.context, '{}') || coalesce(e.context::jsonb, '{}')
    || case when e.actor_type is null then '{}' else jsonb_build_object('actor',
      coalesce(e.context::jsonb -> 'actor', c.context -> 'actor', '{}') || jsonb_build_object(
        'type', (array['user', 'device', 'system', 'api', 'scheduled_job'])[e.actor_type + 1],
        'id', coalesce(e.actor_id, e.shard_key::text))) end
    || jsonb_build_object('severity', (array['debug', 'info', 'warning', 'error', 'critical'])[e.severity + 1])
    || case when e.impact is null then '{}' else
      jsonb_build_object('impact', (array['low', 'medium', 'high'])[e.impact + 1]) end as metadata,
  (array['user', 'device', 'system', 'api', 'scheduled_job'])[e.actor_type + 1] as actor_type,
  case when e.actor_type is not null then coalesce(e.actor_id, e.shard_key::text) end as actor_id,
  (array['debug', 'info', 'warning', 'error', 'critical'])[e.severity + 1] as severity,
  (array['low', 'medium', 'high'])[e.impact + 1] as impact,
  (array['success', 'failure', 'unknown'])[e.outcome + 1] as outcome,
  t.category,
  (array['critical', 'important', 'standard', 'debug'])[e.tier + 1] as retention_tier,
  e.correlation_id,
  e.causation_id,
  coalesce(e.source, c.context -> 'source' ->> 'service', e.context -> 'source' ->> 'service') as source,
  e.traceparent,
  e.log,
  e.position,
  e.tier_position,
  e.stream_version,
  encode(e.checksum, 'hex') as checksum
from telltale.recorded_events e
join telltale.event_types t on t.type_id = e.type_id
left join telltale.contexts c on c.context_id = e.context_id
where not exists (
  select from telltale.log_floors f
  where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position
);
