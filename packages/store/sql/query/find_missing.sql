-- Why an event with this id is not shown: whether it is recorded at all, and up to when anything was dropped.
-- Nothing of the event itself leaves this statement: it belongs to another tenant.
select
  exists (
    select from telltale.recorded_events e
    where e.event_id = :event_id
      and not exists (
        select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position
      )
  ) as recorded,
  (select telltale.microseconds(max(f.recorded_at)) from telltale.log_floors f)::text as floor;
