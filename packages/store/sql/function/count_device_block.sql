-- Counts the events on devices at the positions p_first to p_last of a log into device_counts, for count_devices.
create or replace function telltale.count_device_block(p_log smallint, p_first bigint, p_last bigint) returns void
language plpgsql
set search_path = telltale, pg_catalog, pg_temp
set timezone = 'UTC'
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
  insert into device_counts (
    log, merged, day, recorded_day, shard_key, tenant, events, errors, warnings,
    critical, critical_errors, critical_warnings, important, important_errors, important_warnings,
    standard, standard_errors, standard_warnings, debug, debug_errors, debug_warnings)
  select p_log, false, e."timestamp"::date, e.recorded_at::date, e.shard_key, coalesce(e.tenant, ''),
    count(*), count(*) filter (where e.severity >= 3), count(*) filter (where e.severity = 2),
    nullif(count(*) filter (where e.tier = 0), 0), nullif(count(*) filter (where e.tier = 0 and e.severity >= 3), 0),
    nullif(count(*) filter (where e.tier = 0 and e.severity = 2), 0),
    nullif(count(*) filter (where e.tier = 1), 0), nullif(count(*) filter (where e.tier = 1 and e.severity >= 3), 0),
    nullif(count(*) filter (where e.tier = 1 and e.severity = 2), 0),
    nullif(count(*) filter (where e.tier = 2), 0), nullif(count(*) filter (where e.tier = 2 and e.severity >= 3), 0),
    nullif(count(*) filter (where e.tier = 2 and e.severity = 2), 0),
    nullif(count(*) filter (where e.tier = 3), 0), nullif(count(*) filter (where e.tier = 3 and e.severity >= 3), 0),
    nullif(count(*) filter (where e.tier = 3 and e.severity = 2), 0)
  from recorded_events e
  where e.log = p_log and e.position between p_first and p_last and e.on_device
    and e.recorded_at >= coalesce(v_from, '-infinity') and e.recorded_at <= coalesce(v_to, 'infinity')
  group by e."timestamp"::date, e.recorded_at::date, e.shard_key, coalesce(e.tenant, '');
end;
$$;
