-- The earliest event of a device between two times that was recorded behind :heads (log -> [position, recorded_at]).
-- :since is the earliest recorded_at among the heads of the logs that have grown; it prunes partitions.
select (extract(epoch from e."timestamp") * 1000000)::bigint::text as "timestamp", e.log, e.position::text
from telltale.recorded_events e
where e.shard_key = :shard_key and e.on_device and (:tenant::text is null or e.tenant = :tenant)
  and e."timestamp" > :after and e."timestamp" <= :until
  and e.recorded_at > :since::timestamptz
  and e.position > coalesce((:heads::jsonb -> e.log::text ->> 0)::bigint, 0)
order by e."timestamp", e.log, e.position
limit 1;
