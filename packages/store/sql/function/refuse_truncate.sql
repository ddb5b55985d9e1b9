-- Puts the TRUNCATE trigger on one tier table or partition: a parent's does not cover its partitions, while the
-- row triggers are cloned when a partition is attached. ALWAYS holds also under session_replication_role = replica.
create or replace function telltale.refuse_truncate(p_table regclass) returns void
language plpgsql
set search_path = telltale, pg_catalog, pg_temp
as $$
begin
  execute format('create trigger refuse_truncate before truncate on %s for each statement execute function telltale.refuse_change()', p_table);
  execute format('alter table %s enable always trigger refuse_truncate', p_table);
end;
$$;
