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
-- Both conditions in one that the planner takes for common: taken for rare, as an expression that equals a constant is,
-- it sorted all of a device's events.
where case when e.aggregate_type = 'device' then e.device_uuid end is not null
order by e."timestamp" desc;
