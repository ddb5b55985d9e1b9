-- Checks the arguments of get_event_correlations; raises TT002 for an unknown type, TT011 for the rest.
create or replace function telltale.refuse_correlation(
  p_event_type varchar, p_days_back integer, p_window interval, p_anchors integer
) returns void
language plpgsql stable
set search_path = telltale, pg_catalog, pg_temp
as $$
begin
  if not exists (select from event_types where event_type = p_event_type) then
    raise exception 'expected a registered event type (found: %)', coalesce(p_event_type, 'null')
      using errcode = 'TT002', hint = 'select event_type from telltale.event_types lists them.';
  end if;
  if (p_days_back between 1 and 3650) is not true then
    raise exception 'p_days_back: expected 1 to 3,650 days (found: %)', coalesce(p_days_back::text, 'null') using errcode = 'TT011';
  end if;
  -- 12 hours: a window of more would hold the control windows of the day before and after.
  if (p_window between interval '1 second' and interval '12 hours') is not true then
    raise exception 'p_window: expected 1 second to 12 hours (found: %)', coalesce(p_window::text, 'null') using errcode = 'TT011';
  end if;
  if (p_anchors between 10 and 20000) is not true then
    raise exception 'p_anchors: expected 10 to 20,000 (found: %)', coalesce(p_anchors::text, 'null') using errcode = 'TT011';
  end if;
end;
$$;
