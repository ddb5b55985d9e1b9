-- Finds where and when devices had events of one type: p_from < timestamp <= p_to, newest first, at most p_limit.
-- p_tenant null: of all tenants. Reads the type's own tier from p_from - 24 h on: no timestamp leads its recorded_at by more.
create or replace function telltale.find_type_events(
  p_type_id integer, p_from timestamptz, p_to timestamptz, p_limit integer, p_tenant text
) returns table (shard_key uuid, "timestamp" timestamptz)
language plpgsql stable
set search_path = telltale, pg_catalog, pg_temp
set jit = off
as $$
declare
  v_tier text := (select t.retention_tier from event_types t where t.type_id = p_type_id);
begin
  if v_tier is null then
    return;
  end if;
  return query execute format($sql$
    select e.shard_key, e."timestamp"
    from %I e
    where e.type_id = $1 and e.on_device and e."timestamp" > $2 and e."timestamp" <= $3
      and e.recorded_at >= $2 - interval '24 hours' and ($5 is null or e.tenant = $5)
    order by e."timestamp" desc
    limit $4
  $sql$, 'events_' || v_tier)
  using p_type_id, p_from, p_to, p_limit, p_tenant;
end;
$$;
