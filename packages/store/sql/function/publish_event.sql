-- Publishes one event from SQL, in the caller's transaction: the older system's function, 8- and 12-argument forms.
-- Refuses at once what SQL can check (unknown types TT002, bad arguments TT011); the payload's schema is checked when
-- the event is moved to the log, and a bad one is quarantined with its reason. A null in the metadata says nothing and
-- is left out; a null in the payload is a fact.
-- Returns the event's id.
create or replace function telltale.publish_event(
  p_event_type varchar,
  p_aggregate_type varchar,
  p_aggregate_id varchar,
  p_data jsonb,
  p_source varchar default 'system',
  p_correlation_id uuid default null,
  p_causation_id uuid default null,
  p_metadata jsonb default null,
  p_actor_type varchar default null,
  p_actor_id varchar default null,
  p_severity varchar default null,
  p_impact varchar default null
) returns uuid
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_event_id uuid := make_event_id();
  v_device uuid;
begin
  perform refuse_publish(p_event_type, p_aggregate_type, p_aggregate_id, p_data, p_source, p_metadata, p_actor_type, p_actor_id, p_severity, p_impact);
  if p_aggregate_type = 'device' then
    v_device := p_aggregate_id::uuid;
  end if;
  insert into inbox (shard, event)
  values (
    coalesce(v_device::text, p_aggregate_type || ':' || p_aggregate_id),
    jsonb_strip_nulls(jsonb_build_object(
      'event_id', v_event_id,
      'event_type', p_event_type,
      'timestamp', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      'aggregate_type', p_aggregate_type,
      'aggregate_id', coalesce(v_device::text, p_aggregate_id),
      'device_uuid', v_device,
      'source', p_source,
      'correlation_id', p_correlation_id,
      'causation_id', p_causation_id,
      'metadata', nullif(coalesce(p_metadata, '{}') || jsonb_strip_nulls(jsonb_build_object(
        'actor', case when p_actor_type is not null then
          coalesce(p_metadata -> 'actor', '{}') || jsonb_build_object('type', p_actor_type, 'id', p_actor_id) end,
        'severity', p_severity,
        'impact', p_impact)), '{}')))
    -- The payload goes in last and as it is: its own nulls are facts.
    || jsonb_build_object('data', p_data));
  return v_event_id;
end;
$$;
