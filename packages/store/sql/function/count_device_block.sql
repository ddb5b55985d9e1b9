-- Counts the events on devices at the positions p_first to p_last of a log into device_counts, for count_devices.
create or replace function telltale.count_device_block(p_log smallint, p_first bigint, p_last bigint) returns void
language plpgsql
set search_path = telltale, pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_sort = off
set jit = off
as $$
declare
  v_from timestamptz;
  v_to timestamptz;
begin
  -- Batches around these positions bound when they were recorded, and so the partitions that are looked into.
  select recorded_at into v_from from log_batches
  where log = p_log and first_position < p_first and last_position < p_first
  order by first_position desc limit 1;
  select recorded_at into v_to from log_batches
  where log = p_log and first_position > p_last
  order by first_position limit 1;
  with counted as (
    select (e."timestamp" at time zone 'UTC')::date as day, (e.recorded_at at time zone 'UTC')::date as recorded_day,
      e.tier, e.shard_key, coalesce(e.tenant, '') as tenant, count(*)::integer as events,
      (count(*) filter (where e.severity >= 3))::integer as errors,
      (count(*) filter (where e.severity = 2))::integer as warnings
    from recorded_events e
    where e.log = p_log and e.position between p_first and p_last and e.on_device
      and e.recorded_at >= coalesce(v_from, '-infinity') and e.recorded_at <= coalesce(v_to, 'infinity')
    group by 1, 2, 3, 4, 5
  )
  insert into device_counts (
    log, merged, day, recorded_day, shard_key, tenant, events, errors, warnings,
    critical, critical_errors, critical_warnings, important, important_errors, important_warnings,
    standard, standard_errors, standard_warnings, debug, debug_errors, debug_warnings)
  select p_log, false, day, recorded_day, shard_key, tenant, sum(events), sum(errors), sum(warnings),
    sum(events) filter (where tier = 0), sum(errors) filter (where tier = 0), sum(warnings) filter (where tier = 0),
    sum(events) filter (where tier = 1), sum(errors) filter (where tier = 1), sum(warnings) filter (where tier = 1),
    sum(events) filter (where tier = 2), sum(errors) filter (where tier = 2), sum(warnings) filter (where tier = 2),
    sum(events) filter (where tier = 3), sum(errors) filter (where tier = 3), sum(warnings) filter (where tier = 3)
  from counted
  group by day, recorded_day, shard_key, tenant;
end;
$$;
