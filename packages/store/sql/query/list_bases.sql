-- The bases of a device that lie behind one time and not behind another, in order.
select (extract(epoch from s."timestamp") * 1000000)::bigint::text as "timestamp", s.state::text as state
from telltale.device_snapshots s
where s.shard_key = :shard_key and s.tenant is not distinct from :tenant::text and s.base
  and s."timestamp" > :after and s."timestamp" <= :until
order by s."timestamp", s.base_time;
