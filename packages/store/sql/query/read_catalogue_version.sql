-- Changes whenever an event type is registered or changed: how many there are, and when the last one was.
select count(*) || ' ' || max(updated_at) as version from telltale.event_types;
