-- To be called once after the database was restored from a backup: every log begins a new incarnation at its head, so
-- that a cursor which saw the lost future is told so instead of silently missing what comes now.
create or replace function telltale.raise_incarnation() returns void
language sql
set search_path = telltale, pg_catalog, pg_temp
as $$
  insert into log_incarnations (log, incarnation, from_position)
  select head.log, (select max(incarnation) + 1 from log_incarnations i where i.log = head.log), head.position
  from read_heads(array(select log from logs order by log)) head;
$$;
