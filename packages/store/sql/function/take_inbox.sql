-- Removes the inbox rows that a batch is made of, all of them or none: a row that is gone was moved by another process.
create or replace function telltale.take_inbox(p_inbox_id bigint[]) returns void
language plpgsql
set search_path = telltale, pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_count integer;
begin
  delete from inbox where inbox_id = any (p_inbox_id);
  get diagnostics v_count = row_count;
  if v_count <> cardinality(p_inbox_id) then
    raise exception 'expected % inbox rows to move (found: %); another process moved the rest',
      cardinality(p_inbox_id), v_count using errcode = 'TT032';
  end if;
end;
$$;
