-- The periods of a time in a time zone, as they begin: :unit is hour, day, week or month, :from and :to are inclusive.
-- A quarter of an hour is the shortest step between two offsets from UTC, so no hour is stepped over.
select distinct (extract(epoch from telltale.period_start(:unit, bucket, :zone)) * 1000000)::bigint::text as period_start
from (
  select date_trunc('hour', time, :zone) as bucket
  from generate_series(:from::timestamptz, :to::timestamptz, interval '15 minutes') time
  where :unit = 'hour'
  union all
  select date_trunc(:unit, :to::timestamptz, :zone)
  union all
  select local at time zone :zone
  from generate_series(
    date_trunc(:unit, :from::timestamptz at time zone :zone), :to::timestamptz at time zone :zone,
    ('1 ' || :unit::text)::interval) local
  where :unit <> 'hour'
) period;
