-- Stores the base of one device before a drop. What was folded on older ground for a time behind it goes, and with :thin
-- so do the older bases from that time on: the partition that they stood in is dropped as a whole. A base of the same time
-- holds all of it already.
with replaced as (
  delete from telltale.device_snapshots s
  where s.shard_key = :shard_key and s.tenant is not distinct from :tenant::text
    and ((not s.base and s."timestamp" >= :timestamp and s.base_time < :timestamp)
      or (s.base and s."timestamp" >= :thin::timestamptz and s."timestamp" < :timestamp))
)
insert into telltale.device_snapshots
  (shard_key, tenant, base, fingerprint, "timestamp", base_time, event_count, heads, ignored, state)
select
  :shard_key, :tenant, true, :fingerprint, :timestamp, :base_time, :event_count, :heads, coalesce(:ignored::uuid[], '{}'), :state
where not exists (
  select from telltale.device_snapshots s
  where s.shard_key = :shard_key and s.tenant is not distinct from :tenant and s.base and s."timestamp" = :timestamp
);
