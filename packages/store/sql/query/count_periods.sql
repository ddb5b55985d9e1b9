-- Counts the events on one device by period and type; a period begins where its time zone says so.
-- By the device index alone: it has neither floors nor tenants, so all is counted, and what a partition still holds
-- below a floor, while it is being dropped, is counted off; with no drop under way every partition is pruned there.
-- For any device_uuid but a version 5, which may be the shard key of something that is no device.
-- First by :step of time (15 minutes, which no period cuts), then by period: date_trunc with a time zone costs a
-- microsecond an event.
select
  (extract(epoch from telltale.period_start(:unit, bucket, :zone)) * 1000000)::bigint::text as period_start,
  type_id,
  sum(events)::text as events
from (
  select date_trunc(:unit, step, :zone) as bucket, type_id, sum(events) as events
  from (
    select date_bin(:step::interval, e."timestamp", '2000-01-01Z') as step, e.type_id, count(*) as events
    from telltale.recorded_events e
    where e.shard_key = :shard_key and e."timestamp" >= :from::timestamptz and e."timestamp" <= :to::timestamptz
    group by 1, 2
    union all
    select date_bin(:step::interval, e."timestamp", '2000-01-01Z'), e.type_id, -count(*)
    from telltale.events_critical e
    where e.shard_key = :shard_key and e."timestamp" >= :from::timestamptz and e."timestamp" <= :to::timestamptz
      and e.recorded_at <= (select max(f.recorded_at) from telltale.log_floors f where f.tier = 0)
      and exists (select from telltale.log_floors f where f.log = e.log and f.tier = 0 and f.tier_position >= e.tier_position)
    group by 1, 2
    union all
    select date_bin(:step::interval, e."timestamp", '2000-01-01Z'), e.type_id, -count(*)
    from telltale.events_important e
    where e.shard_key = :shard_key and e."timestamp" >= :from::timestamptz and e."timestamp" <= :to::timestamptz
      and e.recorded_at <= (select max(f.recorded_at) from telltale.log_floors f where f.tier = 1)
      and exists (select from telltale.log_floors f where f.log = e.log and f.tier = 1 and f.tier_position >= e.tier_position)
    group by 1, 2
    union all
    select date_bin(:step::interval, e."timestamp", '2000-01-01Z'), e.type_id, -count(*)
    from telltale.events_standard e
    where e.shard_key = :shard_key and e."timestamp" >= :from::timestamptz and e."timestamp" <= :to::timestamptz
      and e.recorded_at <= (select max(f.recorded_at) from telltale.log_floors f where f.tier = 2)
      and exists (select from telltale.log_floors f where f.log = e.log and f.tier = 2 and f.tier_position >= e.tier_position)
    group by 1, 2
    union all
    select date_bin(:step::interval, e."timestamp", '2000-01-01Z'), e.type_id, -count(*)
    from telltale.events_debug e
    where e.shard_key = :shard_key and e."timestamp" >= :from::timestamptz and e."timestamp" <= :to::timestamptz
      and e.recorded_at <= (select max(f.recorded_at) from telltale.log_floors f where f.tier = 3)
      and exists (select from telltale.log_floors f where f.log = e.log and f.tier = 3 and f.tier_position >= e.tier_position)
    group by 1, 2
  ) counted
  group by 1, 2
  having sum(events) > 0
) period
group by 1, 2;
