-- Makes the older system's partition of a day.
-- p_day: the day  ->  nothing
create function create_events_partition(p_day date) returns void language plpgsql as $$
begin
  execute format(
    'create table %I partition of events for values from (%L) to (%L)',
    'events_' || to_char(p_day, 'YYYY_MM_DD'), p_day, p_day + 1
  );
end
$$;
