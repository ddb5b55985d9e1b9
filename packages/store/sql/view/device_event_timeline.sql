-- The specification's timeline of devices, newest first. Filter by device_uuid; the device index answers it.
create or replace view telltale.device_event_timeline with (security_invoker = true) as
select
  e.event_id,
  e.event_type,
  e."timestamp",
  e.shard_key as device_uuid,
  e.data,
  e.metadata,
  e.actor_type,
  e.actor_id,
  e.severity,
  t.description as event_description
from telltale.events e
left join telltale.event_types t on t.event_type = e.event_type
where e.aggregate_type = 'device' and e.device_uuid is not null
order by e."timestamp" desc;
