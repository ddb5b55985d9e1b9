-- Reads when each of some devices (by its place in p_devices) had events of which type, in seconds since 1970, from the
-- device index alone; unless there is a tenant to look at.
create or replace function telltale.read_device_times(
  p_devices uuid[], p_since timestamptz, p_end timestamptz, p_tenant text
) returns table (device integer, type_id integer, at double precision)
language plpgsql stable rows 100000
set search_path = telltale, pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_sort = off
set max_parallel_workers_per_gather = 0
set jit = off
as $$
#variable_conflict use_column
begin
  if p_tenant is null then
    return query
      select d.device::integer, r.type_id, date_part('epoch', r."timestamp")
      from unnest(p_devices) with ordinality d (shard_key, device)
      cross join lateral (
        select e.type_id, e."timestamp"
        from recorded_events e
        where e.shard_key = d.shard_key and e."timestamp" >= p_since and e."timestamp" <= p_end
          and e.recorded_at >= p_since - interval '24 hours' and e.recorded_at <= p_end
        offset 0
      ) r;
  else
    return query
      select d.device::integer, r.type_id, date_part('epoch', r."timestamp")
      from unnest(p_devices) with ordinality d (shard_key, device)
      cross join lateral (
        select e.type_id, e."timestamp"
        from recorded_events e
        where e.shard_key = d.shard_key and e."timestamp" >= p_since and e."timestamp" <= p_end
          and e.recorded_at >= p_since - interval '24 hours' and e.recorded_at <= p_end and e.tenant = p_tenant
        offset 0
      ) r;
  end if;
end;
$$;
