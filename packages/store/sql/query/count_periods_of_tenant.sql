-- Counts the events on one device by period and type, those of one tenant or, null, of all; reads every event.
-- First by :step of time, as count_periods does.
select
  (extract(epoch from telltale.period_start(:unit, bucket, :zone)) * 1000000)::bigint::text as period_start,
  type_id,
  sum(events)::text as events
from (
  select date_trunc(:unit, step, :zone) as bucket, type_id, sum(events) as events
  from (
    select date_bin(:step::interval, e."timestamp", '2000-01-01Z') as step, e.type_id, count(*) as events
    from telltale.recorded_events e
    where e.shard_key = :shard_key and e.on_device
      and e.recorded_at >= :recorded_since::timestamptz
      and e."timestamp" >= :from::timestamptz and e."timestamp" <= :to::timestamptz
      and (:tenant::text is null or e.tenant = :tenant)
      and not exists (
        select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position
      )
    group by 1, 2
  ) counted
  group by 1, 2
) period
group by 1, 2;
