-- Registers a type at run time, or a further schema version of it; the caller has compared it with what is there, and
-- here it is compared again, because another process may have registered the same at the same moment.
-- Raises TT060 when type, version or aggregate type stand for something else.
create or replace function telltale.register_event_type(p_type jsonb) returns void
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
begin
  -- One at a time: ON CONFLICT watches the name alone, and of two at the same moment the other may meet the number first.
  perform pg_advisory_xact_lock(1413829721, 0);
  insert into aggregate_types (aggregate_type, versioned, description)
  values (p_type ->> 'aggregate_type', coalesce((p_type ->> 'versioned')::boolean, false), 'Registered with ' || (p_type ->> 'event_type') || '.')
  on conflict do nothing;
  insert into event_types (
    event_type, type_id, schema_version, aggregate_type, description, category, severity, retention_tier,
    retention_days, schema, personal, repetitive_interval, sampled, summary, icon, state_changes, registered)
  select
    t.event_type, t.type_id, t.schema_version, t.aggregate_type, t.description, t.category, t.severity, t.retention_tier,
    t.retention_days, t.schema, t.personal, t.repetitive_interval, t.sampled, t.summary, t.icon, t.state_changes, true
  from jsonb_populate_record(null::event_types, p_type) t
  on conflict (event_type) do update set
    schema_version = excluded.schema_version, description = excluded.description, category = excluded.category,
    severity = excluded.severity, retention_days = excluded.retention_days, schema = excluded.schema,
    personal = excluded.personal, repetitive_interval = excluded.repetitive_interval, sampled = excluded.sampled,
    summary = excluded.summary, icon = excluded.icon, state_changes = excluded.state_changes, updated_at = now()
  where event_types.schema_version <= excluded.schema_version;
  insert into event_type_versions (event_type, schema_version, schema)
  values (p_type ->> 'event_type', (p_type ->> 'schema_version')::smallint, p_type -> 'schema')
  on conflict do nothing;
  if exists (
    select from aggregate_types
    where aggregate_type = p_type ->> 'aggregate_type' and versioned <> (p_type ->> 'versioned')::boolean
  ) then
    raise exception '%: expected streams of % to carry versions as declared (found: %); that never changes',
      p_type ->> 'event_type', p_type ->> 'aggregate_type',
      case when (p_type ->> 'versioned')::boolean then 'without' else 'with' end using errcode = 'TT060';
  end if;
  if not exists (
    select from event_types t
    join event_type_versions v on v.event_type = t.event_type and v.schema_version = (p_type ->> 'schema_version')::smallint
    where t.event_type = p_type ->> 'event_type' and t.aggregate_type = p_type ->> 'aggregate_type'
      and t.retention_tier = p_type ->> 'retention_tier' and v.schema = p_type -> 'schema'
  ) then
    raise exception '%: expected a new name or version (found: another declaration of version %, registered at the same moment)',
      p_type ->> 'event_type', p_type ->> 'schema_version' using errcode = 'TT060';
  end if;
end;
$$;
