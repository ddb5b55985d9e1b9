-- Counts the events at the positions p_first to p_last of a log, by hour of their timestamp, day recorded, tier, type,
-- severity and tenant, into event_counts. Called once for each segment, in the transaction that inserts it: the
-- segments' primary key is what refuses a second count.
-- Returns how many events it counted: fewer than positions where partitions were dropped.
create or replace function telltale.count_segment(p_log smallint, p_first bigint, p_last bigint) returns bigint
language plpgsql security definer
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
  v_events bigint;
begin
  -- Batches around these positions bound when they were recorded, and so the partitions that are looked into.
  select recorded_at into v_from from log_batches
  where log = p_log and first_position < p_first and last_position < p_first
  order by first_position desc limit 1;
  select recorded_at into v_to from log_batches
  where log = p_log and first_position > p_last
  order by first_position limit 1;
  with counted as (
    insert into event_counts (log, first_position, hour, recorded_day, tier, type_id, severity, tenant, events)
    select p_log, p_first, date_bin('1 hour', e."timestamp", '2000-01-01'), e.recorded_at::date,
      e.tier, e.type_id, e.severity, coalesce(e.tenant, ''), count(*)
    from recorded_events e
    where e.log = p_log and e.position between p_first and p_last
      and e.recorded_at >= coalesce(v_from, '-infinity') and e.recorded_at <= coalesce(v_to, 'infinity')
    group by 3, 4, 5, 6, 7, 8
    returning events
  )
  select coalesce(sum(events), 0) into v_events from counted;
  return v_events;
end;
$$;
