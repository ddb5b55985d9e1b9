-- Whether a table that looks like a partition holds events above a floor: somebody detached it by hand, and dropping it
-- would lose what still counts. The newest event of each log tells for all before it.
create or replace function telltale.has_live_events(p_table text) returns boolean
language plpgsql stable security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_found boolean;
begin
  execute format($sql$
    select exists (
      select from telltale.logs l
      cross join lateral (
        select e.tier_position from telltale.%I e where e.log = l.log order by e.position desc limit 1
      ) newest
      where not exists (
        select from telltale.log_floors f
        where f.log = l.log and f.tier = %s and f.tier_position >= newest.tier_position))
  $sql$, p_table, array_position(array['critical', 'important', 'standard', 'debug'], split_part(p_table, '_', 2)) - 1)
  into v_found;
  return v_found;
end;
$$;
