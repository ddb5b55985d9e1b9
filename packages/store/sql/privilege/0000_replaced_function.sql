-- Drops what a function was before its parameters changed: `create or replace` leaves it behind under the same name, and
-- then neither a grant nor a call knows which of the two is meant. What this transaction wrote is what is wanted.
do $$
declare
  v_written text := (pg_current_xact_id()::text::bigint % 4294967296)::text;
  v_older regprocedure;
begin
  for v_older in
    select older.oid
    from pg_proc older
    join pg_proc newer on newer.pronamespace = older.pronamespace and newer.proname = older.proname
    where older.pronamespace = 'telltale'::regnamespace
      and older.xmin::text <> v_written and newer.xmin::text = v_written
  loop
    execute format('drop function %s', v_older);
  end loop;
end;
$$;
