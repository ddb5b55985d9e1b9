-- Counts the events of the UTC days from p_days_back days ago to today, by the events' timestamp: the counted segments
-- and blocks of every log, plus what stands behind. p_tenant: null for all tenants, '' for events of no tenant.
-- Returns {"counts": [[day, tier, type_id, severity, events], ...], "devices": how many had an event, "days": [day, ...]}.
create or replace function telltale.count_events(p_days_back integer, p_tenant text default null) returns jsonb
language plpgsql stable
set search_path = telltale, pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
-- Adding up by hash: the 100,000 counts of a week of 10 M events, sorted, took twice as long and went to disk.
set enable_sort = off
set work_mem = '64MB'
set max_parallel_workers_per_gather = 0
set jit = off
as $$
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
  v_counts jsonb;
  v_devices bigint;
begin
  v_known := read_count_heads(v_from);
  v_floor_days := v_known.floor_days;
  v_floor_positions := v_known.floor_positions;
  select max(day) into v_dropped from unnest(v_floor_days) day;

  select jsonb_agg(jsonb_build_array(total.day, total.tier, total.type_id, total.severity, total.events))
  into v_counts
  from (
    select counted.day, counted.tier, counted.type_id, counted.severity, sum(counted.events) as events
    from (
      select (c.hour at time zone 'UTC')::date as day, c.tier, c.type_id, c.severity, c.events
      from event_counts c
      where c.hour >= v_from and c.hour < v_to
        and (c.recorded_day > v_dropped or c.recorded_day > v_floor_days[c.log * 4 + c.tier + 1])
        and (p_tenant is null or c.tenant = p_tenant)
      union all
      select (e."timestamp" at time zone 'UTC')::date, e.tier, e.type_id, e.severity, 1
      from unnest(v_known.logs, v_known.segment_heads, v_known.segment_since) head (log, position, since)
      -- Fenced: by timestamp the planner would read the whole device index.
      cross join lateral (
        select e.log, e.tier, e.tier_position, e."timestamp", e.type_id, e.severity, e.tenant
        from recorded_events e
        where e.log = head.log and e.position > head.position and e.recorded_at >= head.since
        offset 0
      ) e
      where e."timestamp" >= v_from and e."timestamp" < v_to
        and e.tier_position > v_floor_positions[e.log * 4 + e.tier + 1]
        and (p_tenant is null or coalesce(e.tenant, '') = p_tenant)
    ) counted
    group by 1, 2, 3, 4
  ) total;

  select count(*)
  into v_devices
  from (
    -- UNION: every device once.
    select c.shard_key
    from device_counts c
    where c.day between v_first and v_today
      and (c.recorded_day > v_dropped
        or c.critical > 0 and c.recorded_day > v_floor_days[c.log * 4 + 1]
        or c.important > 0 and c.recorded_day > v_floor_days[c.log * 4 + 2]
        or c.standard > 0 and c.recorded_day > v_floor_days[c.log * 4 + 3]
        or c.debug > 0 and c.recorded_day > v_floor_days[c.log * 4 + 4])
      and (p_tenant is null or c.tenant = p_tenant)
    union
    select e.shard_key
    from unnest(v_known.logs, v_known.block_heads, v_known.block_since) head (log, position, since)
    cross join lateral (
      select e.shard_key, e.on_device, e.log, e.tier, e.tier_position, e."timestamp", e.tenant
      from recorded_events e
      where e.log = head.log and e.position > head.position and e.recorded_at >= head.since
      offset 0
    ) e
    where e.on_device and e."timestamp" >= v_from and e."timestamp" < v_to
      and e.tier_position > v_floor_positions[e.log * 4 + e.tier + 1]
      and (p_tenant is null or coalesce(e.tenant, '') = p_tenant)
  ) active;
  return jsonb_build_object(
    'counts', coalesce(v_counts, '[]'),
    'devices', v_devices,
    'days', (select jsonb_agg(v_first + number order by number) from generate_series(0, p_days_back) number));
end;
$$;
