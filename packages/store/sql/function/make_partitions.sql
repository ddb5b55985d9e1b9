-- Makes the partitions of a tier that are missing between two times: built aside, then attached, which blocks neither
-- writers nor readers. p_unit 'year' is for imported history, where the tier's own width would make hundreds; only what
-- is missing at those very times is made, so that history of this year leaves the future to the usual width.
-- Returns the names of what it made. Safe to call from several processes at once.
-- Raises TT011 for what is no tier, time or unit, and for more than 400 widths, which nobody means.
create or replace function telltale.make_partitions(
  p_tier text, p_from timestamptz, p_to timestamptz, p_unit text default null
) returns text[]
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO'
as $$
declare
  v_unit text := coalesce(p_unit, partition_unit(p_tier));
  v_parent text := format('telltale.events_%s', p_tier);
  v_step interval := case v_unit when 'quarter' then interval '3 months' when 'year' then interval '1 year'
    when 'week' then interval '1 week' when 'day' then interval '1 day' end;
  v_start timestamptz;
  v_gap tstzrange;
  v_name text;
  v_made text[] := '{}';
begin
  if (p_tier = any (array['critical', 'important', 'standard', 'debug']) and v_step is not null
    and isfinite(p_from) and isfinite(p_to) and p_to < p_from + 400 * v_step) is not true
  then
    raise exception 'expected a tier, two times at most 400 partitions apart, and day, week, quarter, year or null (found: %, % to %, %)',
      p_tier, p_from, p_to, p_unit using errcode = 'TT011';
  end if;
  perform pg_advisory_xact_lock(1413829717);
  v_start := date_trunc(v_unit, p_from);
  while v_start <= p_to loop
    for v_gap in
      select gap
      from unnest(
        tstzmultirange(tstzrange(v_start, v_start + v_step))
          - coalesce((select range_agg(tstzrange(from_time, to_time)) from partitions where tier = p_tier), '{}')) gap
      where gap && tstzrange(p_from, p_to, '[]')
    loop
      v_name := format('events_%s_%s', p_tier, to_char(lower(v_gap), 'YYYY_MM_DD'));
      execute format('create table telltale.%I (like %s including defaults including constraints)', v_name, v_parent);
      perform refuse_truncate(format('telltale.%I', v_name)::regclass);
      execute format('alter table %s attach partition telltale.%I for values from (%L) to (%L)',
        v_parent, v_name, lower(v_gap), upper(v_gap));
      v_made := v_made || v_name;
    end loop;
    v_start := v_start + v_step;
  end loop;
  return v_made;
end;
$$;
