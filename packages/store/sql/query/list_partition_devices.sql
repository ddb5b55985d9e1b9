-- The devices with events in one partition, by tier number and recorded time, behind :after: when the last of these
-- events happened, and the tenants that they belong to.
select
  e.shard_key, (extract(epoch from max(e."timestamp")) * 1000000)::bigint::text as "timestamp",
  array_remove(array_agg(distinct e.tenant), null) as tenants
from telltale.recorded_events e
where e.tier = :tier and e.recorded_at >= :from and e.recorded_at < :until and e.on_device
  and (:after::uuid is null or e.shard_key > :after)
group by e.shard_key
order by e.shard_key
limit :limit;
