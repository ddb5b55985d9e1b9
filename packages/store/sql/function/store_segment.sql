-- Stores a segment and the counts of its events in one transaction; see 0009_segment.sql for the parts. Whoever built the
-- segment has counted: another pass over the events cost 4.5 us each.
-- Returns false, having stored nothing, when another process was first.
create or replace function telltale.store_segment(
  p_log smallint,
  p_first_position bigint,
  p_last_position bigint,
  p_recorded_from timestamptz,
  p_recorded_to timestamptz,
  p_time_from timestamptz,
  p_time_to timestamptz,
  p_prompt_from timestamptz,
  p_keys integer[],
  p_ends integer[],
  p_postings bytea,
  p_lengths bytea,
  p_hours timestamptz[],
  p_recorded_days timestamptz[],
  p_tiers smallint[],
  p_type_ids integer[],
  p_severities smallint[],
  p_tenants text[],
  p_events bigint[]
) returns boolean
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
begin
  -- A segment can be built again, so it need not wait for the disk.
  perform set_config('synchronous_commit', 'off', true);
  insert into segments (
    log, first_position, last_position, recorded_from, recorded_to, time_from, time_to, prompt_from, keys, ends, postings, lengths)
  values (
    p_log, p_first_position, p_last_position, p_recorded_from, p_recorded_to, p_time_from, p_time_to, p_prompt_from, p_keys,
    p_ends, p_postings, p_lengths)
  on conflict do nothing;
  if not found then
    return false;
  end if;
  with counted as (
    insert into event_counts (log, first_position, hour, recorded_day, tier, type_id, severity, tenant, events)
    select p_log, p_first_position, c.hour, (c.recorded_day at time zone 'UTC')::date, c.tier, c.type_id, c.severity,
      c.tenant, c.events
    from unnest(p_hours, p_recorded_days, p_tiers, p_type_ids, p_severities, p_tenants, p_events)
      as c (hour, recorded_day, tier, type_id, severity, tenant, events)
    returning hour, recorded_day, tier, tenant, events
  )
  insert into hour_counts (log, first_position, hour, recorded_day, tier, tenant, events)
  select p_log, p_first_position, hour, recorded_day, tier, tenant, sum(events)
  from counted
  group by hour, recorded_day, tier, tenant;
  return true;
end;
$$;
