-- Refuses UPDATE, DELETE and TRUNCATE of recorded events, on every tier table and every partition of it.
create or replace function telltale.refuse_change() returns trigger
language plpgsql as $$
begin
  raise exception 'expected recorded events to stay as they are (found: % on %.%)', tg_op, tg_table_schema, tg_table_name
    using errcode = 'TT040', hint = 'Retention drops whole partitions; nothing else removes an event.';
end;
$$;
