-- Publishes one event from SQL, as a program in any language would.
-- $1..$8: the event's fields  ->  event_id, not null
select telltale.publish_event($1, $2, $3, $4::jsonb, $5, $6::uuid, $7::uuid, $8::jsonb);
