-- The newest base of a device up to :until, and the newest other snapshot on that base up to :before, made by the same
-- declarations. At most two rows; the base comes first.
with base as (
  select s.*
  from telltale.device_snapshots s
  where s.shard_key = :shard_key and s.tenant is not distinct from :tenant::text and s.base and s."timestamp" <= :until
  order by s."timestamp" desc, s.base_time desc, s.built_at desc
  limit 1
), rung as (
  select s.*
  from telltale.device_snapshots s
  where s.shard_key = :shard_key and s.tenant is not distinct from :tenant::text and not s.base
    and s.fingerprint = :fingerprint and s."timestamp" <= :before
    and s.base_time = coalesce((select base."timestamp" from base), '-infinity')
  order by s."timestamp" desc
  limit 1
)
select
  s.base, (extract(epoch from s."timestamp") * 1000000)::bigint::text as "timestamp", s.event_count::text, s.heads,
  s.ignored, s.state::text as state
from (select * from base union all select * from rung) s
order by s.base desc;
