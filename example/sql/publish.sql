-- A table of your own and an event about it, in one transaction, from any language that speaks SQL.
-- Run it with psql: psql "$DATABASE_URL" -f example/sql/publish.sql
create table if not exists public.press (id uuid primary key, name text not null);

begin;

insert into public.press (id, name) values ('0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11', 'press 7') on conflict do nothing;

-- Type, aggregate type, aggregate id and payload; then, by name, whatever else is known.
select telltale.publish_event(
  'device.offline', 'device', '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11',
  '{"reason": "power cut"}',
  p_source => 'night watch',
  p_actor_type => 'user', p_actor_id => 'operator-3',
  p_severity => 'error'
) as event_id;

commit;

-- The event is durable now. A running Telltale process moves it to the log; until then it waits in the inbox.
select event ->> 'event_type' as waiting, event ->> 'timestamp' as since from telltale.inbox;

select "timestamp", event_type, severity, source, actor_id, data
from telltale.events
where device_uuid = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11'
order by "timestamp" desc
limit 5;
