-- The segments that have all of some keys and one of others, by the index over keys alone: the planner knows nothing of what
-- it costs to read the keys of a segment, and would rather read those of all.
create or replace function telltale.find_segments(p_all integer[], p_one_of integer[])
returns table (log smallint, first_position bigint, time_from timestamptz, time_to timestamptz)
language plpgsql stable
set search_path = telltale, pg_catalog, pg_temp
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return query
  select s.log, s.first_position, s.time_from, s.time_to
  from segments s
  where s.keys @> p_all and s.keys && p_one_of;
end;
$$;
