-- Checks the arguments that the analytics functions share; raises TT011 with what was expected.
create or replace function telltale.refuse_analysis(p_days_back integer, p_limit integer) returns void
language plpgsql immutable
set search_path = telltale, pg_catalog, pg_temp
as $$
begin
  if (p_days_back between 1 and 3650) is not true then
    raise exception 'p_days_back: expected 1 to 3,650 days (found: %)', coalesce(p_days_back::text, 'null') using errcode = 'TT011';
  end if;
  if (p_limit between 1 and 10000) is not true then
    raise exception 'p_limit: expected 1 to 10,000 rows (found: %)', coalesce(p_limit::text, 'null') using errcode = 'TT011';
  end if;
end;
$$;
