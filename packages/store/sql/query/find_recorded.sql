-- Which of these ids were recorded lately, where, and with which trace. An id is unique within a tenant and shard key
-- only, so one may come several times. :ids uuid[]; :window interval; :tenant null is all.
select e.event_id, e.shard_key, e.tenant, e.traceparent
from telltale.recorded_events e
where e.event_id = any (:ids::uuid[])
  and e.recorded_at >= now() - :window::interval
  and (:tenant::text is null or e.tenant = :tenant)
order by e.recorded_at;
