-- The versions at which some streams stand, in the order given; 0 for a stream that does not exist.
create or replace function telltale.read_versions(p_tenant text[], p_type text[], p_id text[]) returns bigint[]
language sql stable
set search_path = telltale, pg_catalog, pg_temp
as $$
  select array_agg(coalesce(head.version, 0) order by wanted.place)
  from unnest(p_tenant, p_type, p_id) with ordinality as wanted (tenant, type, id, place)
  left join lateral (
    select v.version
    from stream_versions v
    where v.tenant = coalesce(wanted.tenant, '') and v.aggregate_type = wanted.type and v.aggregate_id = wanted.id
    order by v.version desc
    limit 1
  ) head on true;
$$;
