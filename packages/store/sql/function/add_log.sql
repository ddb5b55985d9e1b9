-- Adds a log with the next free number. Returns its number.
create or replace function telltale.add_log(p_kind text, p_description text) returns smallint
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_log smallint;
begin
  perform pg_advisory_xact_lock(1413829719);
  insert into logs (log, kind, description)
  select max(log) + 1, p_kind, p_description from logs
  returning log into v_log;
  insert into log_incarnations (log, incarnation, from_position) values (v_log, 1, 0);
  return v_log;
end;
$$;
