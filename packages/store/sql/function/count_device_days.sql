-- Counts the events of one device by UTC day of their timestamp, type and severity, from p_from until before p_to.
-- The device index holds all of that, so the events themselves are not read; unless there is a tenant to look at, or
-- events below a floor are still attached, which a drop leaves so for an instant and a crash until it is finished.
create or replace function telltale.count_device_days(
  p_shard_key uuid, p_from timestamptz, p_to timestamptz, p_tenant text default null
) returns table (day date, type_id integer, severity smallint, events bigint)
language plpgsql stable
set search_path = telltale, pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_sort = off
set max_parallel_workers_per_gather = 0
set jit = off
as $$
#variable_conflict use_column
declare
  v_known record;
begin
  if p_tenant is null and not exists (
    select
    from logs l
    cross join generate_series(0, 3) number
    cross join lateral (
      select f.recorded_at from log_floors f
      where f.log = l.log and f.tier = number
      order by f.tier_position desc limit 1
    ) floor
    cross join lateral (
      select from recorded_events e
      where e.log = l.log and e.tier = number and e.recorded_at <= floor.recorded_at
      limit 1
    ) below
  ) then
    return query
      select (e."timestamp" at time zone 'UTC')::date, e.type_id, e.severity, count(*)
      from recorded_events e
      where e.shard_key = p_shard_key and e."timestamp" >= p_from and e."timestamp" < p_to
      group by 1, 2, 3;
  else
    v_known := read_count_heads(p_from);
    return query
      select (e."timestamp" at time zone 'UTC')::date, e.type_id, e.severity, count(*)
      from recorded_events e
      where e.shard_key = p_shard_key and e."timestamp" >= p_from and e."timestamp" < p_to
        and e.recorded_at >= p_from - interval '24 hours'
        and e.tier_position > (v_known.floor_positions)[e.log * 4 + e.tier + 1]
        and (p_tenant is null or coalesce(e.tenant, '') = p_tenant)
      group by 1, 2, 3;
  end if;
end;
$$;
