-- When a period really began: p_bucket is what date_trunc(p_unit, time, p_zone) answers for the times in it, which is
-- wrong on the day a clock is put back. A midnight that comes twice is taken for the second one, an hour that begins
-- anew in its middle (Lord Howe, by half an hour) for one that began before.
create or replace function telltale.period_start(p_unit text, p_bucket timestamptz, p_zone text) returns timestamptz
language sql stable parallel safe
return case
  when p_unit <> 'hour' then (
    -- The same wall time by the offset of the day before: the first of two midnights.
    select case when first < p_bucket and date_trunc(p_unit, first, p_zone) = p_bucket then first else p_bucket end
    from (
      select p_bucket + (p_bucket at time zone p_zone - p_bucket at time zone 'UTC')
        - (before at time zone p_zone - before at time zone 'UTC') as first
      from (select p_bucket - interval '24 hours' as before) day
    ) midnight
  )
  when date_trunc(p_unit, p_bucket, p_zone) = p_bucket then p_bucket
  else (
    select min(minute)
    from generate_series(p_bucket, p_bucket + interval '59 minutes', interval '1 minute') minute
    where date_trunc(p_unit, minute, p_zone) = p_bucket
  )
end;
