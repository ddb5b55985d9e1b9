-- Takes the lock of every live log, ascending, so that no batch is on its way; one caller at a time.
create or replace function telltale.lock_logs() returns void
language plpgsql
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_log smallint;
begin
  -- The key is beside those of the logs; whoever holds it cannot meet another who counts up the logs.
  perform pg_advisory_xact_lock(1413829718);
  for v_log in select log from logs where kind = 'live' order by log loop
    perform pg_advisory_xact_lock(1413829716, v_log);
  end loop;
end;
$$;
