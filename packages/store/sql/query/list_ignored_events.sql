-- Events of a device up to a time that were recorded behind :heads of the base of that time; see find_late_event.
select e.event_id
from telltale.recorded_events e
where e.shard_key = :shard_key and e.on_device and (:tenant::text is null or e.tenant = :tenant)
  and e."timestamp" <= :until
  and e.recorded_at > :since::timestamptz
  and e.position > coalesce((:heads::jsonb -> e.log::text ->> 0)::bigint, 0)
order by e."timestamp", e.log, e.position
limit :limit;
