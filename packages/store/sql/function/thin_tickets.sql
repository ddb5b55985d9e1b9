-- Removes spent tickets an hour behind their end: however far the clocks of servers and database are apart, none of them
-- is taken by then. Returns how many.
create or replace function telltale.thin_tickets() returns integer
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_removed integer;
begin
  delete from spent_tickets where expires_at < clock() - interval '1 hour';
  get diagnostics v_removed = row_count;
  return v_removed;
end;
$$;
