-- The devices with the most events in the UTC days from p_days_back days ago to today, by the events' timestamp; equal
-- ones by device_uuid. error_count is of severity error and critical, last_event the newest timestamp in these days.
-- p_tenant: null for all tenants, '' for events of no tenant. The counted blocks of every log, plus what stands behind.
-- Raises TT011 for days outside 1 to 3,650 and limits outside 1 to 10,000.
create or replace function telltale.get_most_active_devices(
  p_days_back integer default 7, p_limit integer default 10, p_tenant text default null
) returns table (device_uuid uuid, event_count bigint, error_count bigint, warning_count bigint, last_event timestamptz)
language plpgsql stable rows 10
set search_path = telltale, pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_sort = off
set max_parallel_workers_per_gather = 0
set jit = off
as $$
#variable_conflict use_column
declare
  v_today date := (clock() at time zone 'UTC')::date;
  v_first date := v_today - p_days_back;
  v_from timestamptz := v_first::timestamp at time zone 'UTC';
  v_to timestamptz := (v_today + 1)::timestamp at time zone 'UTC';
  v_known record;
  v_floor_days date[];
  v_floor_positions bigint[];
  -- The newest floor of all: what was recorded on a later day is live, whatever its log and tier.
  v_dropped date;
begin
  perform refuse_analysis(p_days_back, p_limit);
  v_known := read_count_heads(v_from);
  v_floor_days := v_known.floor_days;
  v_floor_positions := v_known.floor_positions;
  select max(day) into v_dropped from unnest(v_floor_days) day;
  return query
    with counted as (
      select c.shard_key, c.events, c.errors, c.warnings
      from device_counts c
      where c.day between v_first and v_today and c.recorded_day > v_dropped
        and (p_tenant is null or c.tenant = p_tenant)
      union all
      -- Days of which some tier is dropped; the rows are told apart by the tiers they have.
      select c.shard_key, part.events, part.errors, part.warnings
      from device_counts c
      cross join lateral (values
        (1, c.critical, c.critical_errors, c.critical_warnings),
        (2, c.important, c.important_errors, c.important_warnings),
        (3, c.standard, c.standard_errors, c.standard_warnings),
        (4, c.debug, c.debug_errors, c.debug_warnings)
      ) part (place, events, errors, warnings)
      where c.day between v_first and least(v_today, v_dropped + 1) and c.recorded_day <= v_dropped
        and part.events > 0 and c.recorded_day > v_floor_days[c.log * 4 + part.place]
        and (p_tenant is null or c.tenant = p_tenant)
      union all
      select e.shard_key, 1, (e.severity >= 3)::integer, (e.severity = 2)::integer
      from unnest(v_known.logs, v_known.block_heads, v_known.block_since) head (log, position, since)
      -- Fenced: by timestamp the planner would read the whole device index.
      cross join lateral (
        select e.shard_key, e.severity, e.on_device, e.log, e.tier, e.tier_position, e."timestamp", e.tenant
        from recorded_events e
        where e.log = head.log and e.position > head.position and e.recorded_at >= head.since
        offset 0
      ) e
      where e.on_device and e."timestamp" >= v_from and e."timestamp" < v_to
        and e.tier_position > v_floor_positions[e.log * 4 + e.tier + 1]
        and (p_tenant is null or coalesce(e.tenant, '') = p_tenant)
    ), most as materialized (
      select c.shard_key, sum(c.events) as events, sum(c.errors) as errors, sum(c.warnings) as warnings
      from counted c
      group by c.shard_key
      order by 2 desc, 1
      limit p_limit
    )
    select m.shard_key, m.events, m.errors, m.warnings, newest."timestamp"
    from most m
    cross join lateral (
      select e."timestamp"
      from recorded_events e
      where e.shard_key = m.shard_key and e."timestamp" >= v_from and e."timestamp" < v_to and e.on_device
        and e.recorded_at >= v_from - interval '24 hours'
        and e.tier_position > v_floor_positions[e.log * 4 + e.tier + 1]
        and (p_tenant is null or coalesce(e.tenant, '') = p_tenant)
      order by e."timestamp" desc
      limit 1
    ) newest
    order by m.events desc, m.shard_key;
end;
$$;
