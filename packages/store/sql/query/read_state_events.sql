-- Reads what changes a device's state, behind a key up to a time, in order. Two days before :since nothing was recorded
-- that is dated after it: a timestamp is at most a day ahead, as far as two clocks agree. That prunes partitions.
-- Events below a floor are read while they are there: the state is the better for it.
select
  (extract(epoch from e."timestamp") * 1000000)::bigint::text as "timestamp", e.log, e.position::text, e.type_id,
  e.schema_version, e.event_id, e.data::text as data
from telltale.recorded_events e
where e.shard_key = :shard_key and e.on_device and (:tenant::text is null or e.tenant = :tenant)
  and e.type_id = any (:type_ids::integer[])
  and e.recorded_at > :since::timestamptz - interval '2 days'
  and (e."timestamp", e.log, e.position) > (:after::timestamptz, :log::smallint, :position::bigint)
  and e."timestamp" <= :until
order by e."timestamp", e.log, e.position
limit :limit;
