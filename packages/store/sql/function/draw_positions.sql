-- Positions of indexed events that may be in a described set: those of the segments that hold a key of every list (null:
-- any) and an event between the times (null: no limit).
--   Segments are taken in an order by hash, so that two sets of the same time come from the same ones: what differs between
--   moments does not differ between the sets. Those that hold late events of that time alone come last.
--   The first 1,000 are looked at, and 5,000 where 1,000 have less than p_limit positions.
--   At most p_limit positions are drawn, by a hash; without any list from as many places of every segment.
--   share: how many of all such positions these are; an estimate where segments were left out, 1 where nothing was.
create or replace function telltale.draw_positions(
  p_types integer[], p_severities integer[], p_devices integer[], p_tenants integer[],
  p_from timestamptz, p_to timestamptz, p_limit integer,
  out logs smallint[], out positions bigint[], out recorded_from timestamptz[], out recorded_to timestamptz[],
  out share double precision
)
language plpgsql stable
set search_path = telltale, pg_catalog, pg_temp
set work_mem = '64MB'
set enable_seqscan = off
set plan_cache_mode = force_custom_plan
set max_parallel_workers_per_gather = 0
set jit = off
as $$
declare
  v_keyed boolean := num_nonnulls(p_types, p_severities, p_devices, p_tenants) > 0;
  v_late integer[] := array[event_key('late', '')];
  v_chosen record;
  v_taken integer;
  v_draws integer;
  v_found bigint;
begin
  -- By the keys alone first: beside the index of times, keys would be read to be compared.
  with keyed as materialized (
    select s.log, s.first_position, s.time_from, s.time_to, p_to is not null and s.prompt_from >= p_to as late
    from segments s
    where (p_types is null or s.keys && p_types) and (p_severities is null or s.keys && p_severities)
      and (p_devices is null or s.keys && p_devices) and (p_tenants is null or s.keys && p_tenants)
  ),
  placed as (
    select k.log, k.first_position, k.late, count(*) over () as total,
      row_number() over (order by k.late, hashint8extended(k.first_position, k.log), k.log, k.first_position) as place
    from keyed k
    where (p_from is null or k.time_to >= p_from) and (p_to is null or k.time_from < p_to)
  )
  select array_agg(p.log order by p.place) as logs, array_agg(p.first_position order by p.place) as places,
    array_agg(p.late order by p.place) as late, coalesce(max(p.total), 0) as total
  into v_chosen
  from placed p
  where p.place <= 5000;
  share := 1;
  foreach v_taken in array array[1000, 5000] loop
    v_draws := ceil(p_limit::numeric / greatest(least(v_taken, v_chosen.total), 1));
    select array_agg(d.log), array_agg(d.position), array_agg(d.recorded_from), array_agg(d.recorded_to), coalesce(max(d.found), 0)
    into logs, positions, recorded_from, recorded_to, v_found
    from (
      select s.log, f.position, s.recorded_from, s.recorded_to, count(*) over () as found
      from unnest(v_chosen.logs[:v_taken], v_chosen.places[:v_taken], v_chosen.late[:v_taken]) c (log, place, late)
      join segments s on s.log = c.log and s.first_position = c.place
      cross join lateral (
        select p.position
        from unnest(segment_positions(s.first_position, s.keys, s.ends, s.postings,
          p_types, p_severities, p_devices, p_tenants, case when c.late then v_late end)) p (position)
        where v_keyed or c.late
        union all
        select distinct s.first_position + case when v_draws > 100 then n - 1 else hashint8extended(s.first_position, n) & 1023 end
        from generate_series(1, case when v_draws > 100 then 1024 else v_draws end) n
        where not v_keyed and not c.late
      ) f
      order by hashint8extended(f.position, s.log + 1), s.log, f.position
      limit p_limit
    ) d;
    exit when v_found >= p_limit or v_chosen.total <= v_taken;
  end loop;
  if v_chosen.total > 0 then
    share := least(1.0, least(v_taken, v_chosen.total)::float8 / v_chosen.total) * cardinality(positions)
      / greatest(case when v_keyed or v_draws > 100 then v_found else 1024 * least(v_taken, v_chosen.total) end, 1);
  end if;
  share := coalesce(share, 1);
end;
$$;
