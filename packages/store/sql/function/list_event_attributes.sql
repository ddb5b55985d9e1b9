-- What an event can be compared by, as attribute and value: its columns, its source and tags, the hour of its timestamp
-- (UTC), and the scalar values at the top of its data that are not marked personal (p_personal: the type's pointers).
-- A number comes in `number`, to be put in bins; the rest in `value`, its first 200 characters.
create or replace function telltale.list_event_attributes(
  p_event telltale.events_standard, p_event_type text, p_personal jsonb, p_context jsonb
) returns table (attribute text, value text, number double precision)
language sql stable
set search_path = telltale, pg_catalog, pg_temp
as $$
  with metadata as (
    select coalesce(p_context, '{}') || coalesce(p_event.context::jsonb, '{}') as metadata
  ),
  field as (
    select d.key, d.value
    from jsonb_each(case when json_typeof(p_event.data) = 'object' then p_event.data::jsonb else '{}' end) d
    where not p_personal ?| array['/' || replace(replace(d.key, '~', '~0'), '/', '~1'), '/*', '']
  )
  select a.attribute, left(a.value, 200), a.number
  from (
    select 'event_type', p_event_type, null::double precision
    union all select 'severity', (array['debug', 'info', 'warning', 'error', 'critical'])[p_event.severity + 1], null
    union all select 'outcome', (array['success', 'failure', 'unknown'])[p_event.outcome + 1], null
    union all select 'impact', (array['low', 'medium', 'high'])[p_event.impact + 1], null
    union all select 'actor.type', (array['user', 'device', 'system', 'api', 'scheduled_job'])[p_event.actor_type + 1], null
    union all select 'actor.id', case when p_event.actor_type is not null then coalesce(p_event.actor_id, p_event.shard_key::text) end, null
    union all select 'device_uuid', case when p_event.on_device then p_event.shard_key::text end, null
    union all select 'aggregate_type', coalesce(p_event.aggregate_type, 'device'), null
    union all select 'hour', lpad(extract(hour from p_event."timestamp" at time zone 'UTC')::text, 2, '0'), null
    union all select 'source', coalesce(p_event.source, m.metadata -> 'source' ->> 'service'), null from metadata m
    union all select 'service', m.metadata -> 'source' ->> 'service', null from metadata m
    union all select 'environment', m.metadata -> 'source' ->> 'environment', null from metadata m
    union all select 'version', m.metadata -> 'source' ->> 'version', null from metadata m
    union all select 'tag.' || tag.key, tag.value, null
      from metadata m cross join lateral jsonb_each_text(
        case when jsonb_typeof(m.metadata -> 'tags') = 'object' then m.metadata -> 'tags' else '{}' end) tag
    union all select 'data.' || f.key, f.value #>> '{}', null
      from field f where jsonb_typeof(f.value) in ('string', 'boolean')
    union all select 'data.' || f.key, null, (f.value #>> '{}')::double precision
      from field f where jsonb_typeof(f.value) = 'number'
  ) a (attribute, value, number)
  where a.value is not null or a.number is not null
$$;
