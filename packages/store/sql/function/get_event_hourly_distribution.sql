-- How many events there are at each hour of the day, in UTC, over the last p_days_back * 24 complete hours by the
-- events' timestamp: 24 rows. avg_events is the mean over the p_days_back hours of that hour of day, those without
-- events included, to two decimals; peak_events the most that one of them had.
-- p_tenant: null for all tenants, '' for events of no tenant. The counted segments of every log, plus what stands behind.
-- Raises TT011 for days outside 1 to 3,650.
create or replace function telltale.get_event_hourly_distribution(
  p_days_back integer default 7, p_tenant text default null
) returns table (hour_of_day integer, avg_events numeric, peak_events bigint)
language plpgsql stable rows 24
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
  v_to timestamptz := date_trunc('hour', clock(), 'UTC');
  v_from timestamptz := v_to - p_days_back * interval '24 hours';
  v_known record;
  v_floor_days date[];
  v_floor_positions bigint[];
  -- The newest floor of all: what was recorded on a later day is live, whatever its log and tier.
  v_dropped date;
begin
  perform refuse_analysis(p_days_back, 1);
  v_known := read_count_heads(v_from);
  v_floor_days := v_known.floor_days;
  v_floor_positions := v_known.floor_positions;
  select max(day) into v_dropped from unnest(v_floor_days) day;
  return query
    with counted as (
      select c.hour, c.events
      from hour_counts c
      where c.hour >= v_from and c.hour < v_to
        and (c.recorded_day > v_dropped or c.recorded_day > v_floor_days[c.log * 4 + c.tier + 1])
        and (p_tenant is null or c.tenant = p_tenant)
      union all
      select date_trunc('hour', e."timestamp", 'UTC'), 1
      from unnest(v_known.logs, v_known.segment_heads, v_known.segment_since) head (log, position, since)
      -- Fenced: by timestamp the planner would read the whole device index.
      cross join lateral (
        select e.log, e.tier, e.tier_position, e."timestamp", e.tenant
        from recorded_events e
        where e.log = head.log and e.position > head.position and e.recorded_at >= head.since
        offset 0
      ) e
      where e."timestamp" >= v_from and e."timestamp" < v_to
        and e.tier_position > v_floor_positions[e.log * 4 + e.tier + 1]
        and (p_tenant is null or coalesce(e.tenant, '') = p_tenant)
    ), hourly as (
      select c.hour, sum(c.events)::bigint as events from counted c group by c.hour
    ), daily as materialized (
      select extract(hour from h.hour at time zone 'UTC')::integer as hour_of_day, sum(h.events) as total, max(h.events) as peak
      from hourly h
      group by 1
    )
    select number, round(coalesce(d.total, 0) / p_days_back, 2), coalesce(d.peak, 0)
    from generate_series(0, 23) number
    left join daily d on d.hour_of_day = number
    order by number;
end;
$$;
