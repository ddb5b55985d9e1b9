-- Says that the server's clock is right although it leapt: begins an epoch with the same logs, whose time every later
-- append of every process goes on from. Returns the new epoch.
create or replace function telltale.confirm_clock() returns integer
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
begin
  perform lock_logs();
  return begin_epoch(null);
end;
$$;
