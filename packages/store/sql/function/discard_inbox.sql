-- Removes inbox rows that turned out to be recorded already. Returns how many there were.
create or replace function telltale.discard_inbox(p_inbox_id bigint[]) returns integer
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  delete from inbox where inbox_id = any (p_inbox_id);
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
