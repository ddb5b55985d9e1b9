-- Checks the arguments of publish_event; raises TT002 for an unknown type, TT011 for the rest, each with what to do.
create or replace function telltale.refuse_publish(
  p_event_type varchar, p_aggregate_type varchar, p_aggregate_id varchar, p_data jsonb, p_source varchar,
  p_metadata jsonb, p_actor_type varchar, p_actor_id varchar, p_severity varchar, p_impact varchar
) returns void
language plpgsql stable
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_wrong text;
begin
  if not exists (select from event_types where event_type = p_event_type) then
    raise exception 'expected a registered event type (found: %)', coalesce(p_event_type, 'null')
      using errcode = 'TT002', hint = 'select event_type from telltale.event_types lists them; telltale types registers more.';
  end if;
  v_wrong := case
    when p_aggregate_type is null or not exists (select from aggregate_types where aggregate_type = p_aggregate_type)
      then format('p_aggregate_type: expected one of telltale.aggregate_types (found: %s)', coalesce(p_aggregate_type, 'null'))
    when coalesce(p_aggregate_id, '') = '' or length(p_aggregate_id) > 255
      then 'p_aggregate_id: expected 1 to 255 characters'
    when p_aggregate_type = 'device' and p_aggregate_id !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
      then format('p_aggregate_id: expected the uuid of a device (found: %s)', p_aggregate_id)
    when p_data is null or jsonb_typeof(p_data) <> 'object'
      then format('p_data: expected a JSON object (found: %s)', coalesce(jsonb_typeof(p_data), 'null'))
    when pg_column_size(p_data) > 1048576
      then format('p_data: expected at most 1 MiB (found: %s bytes)', pg_column_size(p_data))
    when p_source = '' or length(p_source) > 100
      then 'p_source: expected 1 to 100 characters, or null'
    when jsonb_typeof(p_metadata) <> 'object'
      then format('p_metadata: expected a JSON object (found: %s)', jsonb_typeof(p_metadata))
    when (p_actor_type is null) <> (p_actor_id is null)
      then 'p_actor_type and p_actor_id: expected both or neither'
    when p_actor_id = '' or length(p_actor_id) > 255
      then 'p_actor_id: expected 1 to 255 characters'
    when p_actor_type <> all (array['user', 'device', 'system', 'api', 'scheduled_job'])
      then format('p_actor_type: expected user, device, system, api or scheduled_job (found: %s)', p_actor_type)
    when p_severity <> all (array['debug', 'info', 'warning', 'error', 'critical'])
      then format('p_severity: expected debug, info, warning, error or critical (found: %s)', p_severity)
    when p_impact <> all (array['low', 'medium', 'high'])
      then format('p_impact: expected low, medium or high (found: %s)', p_impact)
  end;
  if v_wrong is not null then
    raise exception '%', v_wrong using errcode = 'TT011';
  end if;
end;
$$;
