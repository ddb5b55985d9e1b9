-- Counts the events of a device in successive spans of time, each behind :after and up to :until. Without a tenant the
-- index alone answers: only a shard key of UUID version 5 can stand for something else than a device.
select case
  when :tenant::text is null and substr(:shard_key::uuid::text, 15, 1) <> '5' then (
    select count(*) from telltale.recorded_events e
    where e.shard_key = :shard_key and e."timestamp" > span.after and e."timestamp" <= span.until)
  else (
    select count(*) from telltale.recorded_events e
    where e.shard_key = :shard_key and e.on_device and (:tenant::text is null or e.tenant = :tenant)
      and e."timestamp" > span.after and e."timestamp" <= span.until)
  end::text as events
from unnest(:after::timestamptz[], :until::timestamptz[]) with ordinality as span (after, until, place)
order by span.place;
