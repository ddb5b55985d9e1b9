-- Removes what only held events of dropped partitions: counts below a floor, and segments none of whose events is live.
-- Reads leave all of that out already, so it may come late or again. A log's newest segment stays: it says up to where
-- the log has been read. Returns how many rows went.
create or replace function telltale.remove_counts() returns bigint
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
set jit = off
as $$
declare
  v_floor record;
  v_live bigint;
  v_rows bigint;
  v_removed bigint := 0;
begin
  for v_floor in
    select l.log, number as tier, (floor.recorded_at at time zone 'UTC')::date as day
    from logs l
    cross join generate_series(0, 3) number
    cross join lateral (
      select f.recorded_at from log_floors f
      where f.log = l.log and f.tier = number
      order by f.tier_position desc limit 1
    ) floor
  loop
    delete from event_counts
    where log = v_floor.log and tier = v_floor.tier and recorded_day <= v_floor.day;
    get diagnostics v_rows = row_count;
    v_removed := v_removed + v_rows;
    delete from hour_counts
    where log = v_floor.log and tier = v_floor.tier and recorded_day <= v_floor.day;
    get diagnostics v_rows = row_count;
    v_removed := v_removed + v_rows;
  end loop;
  -- A row of every tier goes when the last of those it has is gone.
  delete from device_counts c
  using (
    select l.log, array_agg(coalesce((floor.recorded_at at time zone 'UTC')::date, '-infinity') order by number) as days
    from logs l
    cross join generate_series(0, 3) number
    left join lateral (
      select f.recorded_at from log_floors f
      where f.log = l.log and f.tier = number
      order by f.tier_position desc limit 1
    ) floor on true
    group by l.log
  ) dropped
  where c.log = dropped.log
    and (c.critical is null or c.recorded_day <= dropped.days[1])
    and (c.important is null or c.recorded_day <= dropped.days[2])
    and (c.standard is null or c.recorded_day <= dropped.days[3])
    and (c.debug is null or c.recorded_day <= dropped.days[4]);
  get diagnostics v_rows = row_count;
  v_removed := v_removed + v_rows;
  for v_floor in select distinct log from log_floors loop
    -- The log's first event that no floor has passed; null where none is left.
    select min(first.position) into v_live
    from log_heads h
    cross join lateral (
      select e.position from recorded_events e
      where e.log = h.log and e.tier = h.tier and e.tier_position > h.floor
      order by e.position limit 1
    ) first
    where h.log = v_floor.log and h.live > 0;
    delete from segments s
    where s.log = v_floor.log and s.last_position < coalesce(v_live, s.last_position + 1)
      and exists (select from segments newer where newer.log = s.log and newer.first_position > s.first_position);
    get diagnostics v_rows = row_count;
    v_removed := v_removed + v_rows;
  end loop;
  return v_removed;
end;
$$;
