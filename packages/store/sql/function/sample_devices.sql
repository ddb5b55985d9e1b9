-- Chooses devices of a correlation out of p_pool, in its order, and finds when they had events of the type (p_from < timestamp
-- <= p_to). What is read of them later, everything from p_since to p_end, is 100,000 events in all, which take some 0.2 s;
-- less if 100 devices had the type three times as often as p_anchors asks for. One that takes a tenth of that for itself is
-- looked at when the others leave room, or when there are fewer than 12 of them.
create or replace function telltale.sample_devices(
  p_pool uuid[], p_type_id integer, p_from timestamptz, p_to timestamptz, p_since timestamptz, p_end timestamptz,
  p_anchors integer, p_tenant text,
  out devices uuid[], out occurrence_devices integer[], out occurrence_times double precision[]
)
language plpgsql stable
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
declare
  v_budget bigint := 100000;
  v_large constant bigint := 10000;
  v_read refcursor;
  v_device record;
  v_late uuid[] := '{}';
begin
  devices := '{}';
  occurrence_devices := '{}';
  occurrence_times := '{}';
  for v_turn in 1..2 loop
    -- Two statements: one that may have to look at the tenant cannot be answered by the device index alone.
    if p_tenant is null then
      open v_read no scroll for
        select d.shard_key, r.events, r.times
        from unnest(p_pool) d (shard_key)
        cross join lateral (
          select count(*) as events, array_agg(date_part('epoch', e."timestamp")) filter (
            where e.type_id = p_type_id and e."timestamp" > p_from and e."timestamp" <= p_to) as times
          from (
            select e.type_id, e."timestamp"
            from recorded_events e
            where e.shard_key = d.shard_key and e."timestamp" >= p_since and e."timestamp" <= p_end
              and e.recorded_at >= p_since - interval '24 hours' and e.recorded_at <= p_end
            limit case when v_turn = 1 then v_large + 1 end
          ) e
        ) r;
    else
      open v_read no scroll for
        select d.shard_key, r.events, r.times
        from unnest(p_pool) d (shard_key)
        cross join lateral (
          select count(*) as events, array_agg(date_part('epoch', e."timestamp")) filter (
            where e.type_id = p_type_id and e."timestamp" > p_from and e."timestamp" <= p_to) as times
          from (
            select e.type_id, e."timestamp"
            from recorded_events e
            where e.shard_key = d.shard_key and e."timestamp" >= p_since and e."timestamp" <= p_end
              and e.recorded_at >= p_since - interval '24 hours' and e.recorded_at <= p_end and e.tenant = p_tenant
            limit case when v_turn = 1 then v_large + 1 end
          ) e
        ) r;
    end if;
    loop
      fetch v_read into v_device;
      exit when not found;
      if v_turn = 1 and v_device.events > v_large then
        v_late := v_late || v_device.shard_key;
        continue;
      end if;
      v_budget := v_budget - v_device.events;
      exit when v_budget < 0 and cardinality(devices) >= 12;
      devices := devices || v_device.shard_key;
      occurrence_devices := occurrence_devices
        || array_fill(cardinality(devices), array[coalesce(cardinality(v_device.times), 0)]);
      occurrence_times := occurrence_times || v_device.times;
      exit when cardinality(devices) >= 100 and cardinality(occurrence_times) >= 3 * p_anchors;
    end loop;
    close v_read;
    exit when v_budget < 0 and cardinality(devices) >= 12;
    p_pool := v_late;
  end loop;
end;
$$;
