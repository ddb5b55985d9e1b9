-- Recorded events stay as they are: UPDATE and DELETE are refused row by row (cloned to every partition), TRUNCATE table
-- by table. The functions are re-creatable files; these are their first form, so that the triggers have something to name.
create function telltale.refuse_change() returns trigger
language plpgsql as $$ begin raise exception 'not yet installed'; end; $$;

do $$
declare
  v_tier text;
begin
  foreach v_tier in array array['critical', 'important', 'standard', 'debug'] loop
    execute format('create trigger refuse_change before update or delete on telltale.events_%s for each row execute function telltale.refuse_change()', v_tier);
    execute format('alter table telltale.events_%s enable always trigger refuse_change', v_tier);
    execute format('create trigger refuse_truncate before truncate on telltale.events_%s for each statement execute function telltale.refuse_change()', v_tier);
    execute format('alter table telltale.events_%s enable always trigger refuse_truncate', v_tier);
  end loop;
end;
$$;
