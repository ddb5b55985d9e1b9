-- At most p_limit events of a described set (read_event_selection), without those of another (null: none), chosen by hashes,
-- so that the answer is the same every time, and all of them where there are not more. What is read is bounded: of events in
-- segments twice p_limit that draw_positions found, and the newest 200,000 of each log that no segment holds yet, as large a
-- share of them. A role that may not read segments gets the latter alone. Of more than 1,000 devices, events in segments are
-- those of 1,000, chosen by hash. Events named by their ids are all looked up. The row is that of any tier table: a view's
-- would keep the view from being made again. p_tenant, if given, stands above what the description says.
create or replace function telltale.sample_events(
  p_name text, p_selection jsonb, p_without jsonb, p_limit integer, p_tenant text
) returns setof telltale.events_standard
language plpgsql stable
set search_path = telltale, pg_catalog, pg_temp
set work_mem = '64MB'
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set max_parallel_workers_per_gather = 0
set jit = off
as $$
declare
  v_with record := read_event_selection(p_name, p_selection);
  v_other record := read_event_selection(p_name, coalesce(p_without, '{}'));
  v_indexed boolean := has_table_privilege('telltale.segments', 'select');
  v_tiers smallint[];
  v_drawn record;
  v_logs smallint[] := '{}';
  v_heads bigint[] := '{}';
  v_since timestamptz[] := '{}';
begin
  select array_agg(distinct array_position(array['critical', 'important', 'standard', 'debug'], t.retention_tier) - 1)
  into v_tiers
  from event_types t
  where v_with.type_ids is null or t.type_id = any (v_with.type_ids);
  select null::smallint[] as logs, null::bigint[] as positions, null::timestamptz[] as recorded_from,
    null::timestamptz[] as recorded_to, 1::float8 as share
  into v_drawn;
  if v_with.event_ids is null then
    if v_indexed then
      select * into v_drawn from draw_positions(
        v_with.type_ids,
        case when v_with.severity_min > 1 then array(select event_key('severity', n::text) from generate_series(v_with.severity_min, 4) n) end,
        case when v_with.devices is not null then array(
          select event_key('device', d::text) from unnest(v_with.devices) d order by uuid_hash_extended(d, 1), d limit 1000) end,
        case when coalesce(p_tenant, v_with.tenant) is not null then array[event_key('tenant', coalesce(p_tenant, v_with.tenant))] end,
        v_with.from_time, v_with.to_time, 2 * p_limit);
      select array_agg(l.log), array_agg(s.last_position), array_agg(s.recorded_to)
      into v_logs, v_heads, v_since
      from logs l
      left join lateral (
        select last_position, recorded_to from segments where log = l.log order by first_position desc limit 1
      ) s on true;
    else
      select array_agg(l.log) into v_logs from logs l;
    end if;
  end if;
  return query
    select e.recorded_at, e."timestamp", e.position, e.tier_position, e.context_id, e.stream_version, e.type_id, e.log,
      e.schema_version, e.severity, e.outcome, e.impact, e.actor_type, e.on_device, e.event_id, e.shard_key, e.correlation_id,
      e.causation_id, e.checksum, e.tenant, e.aggregate_type, e.aggregate_id, e.actor_id, e.source, e.traceparent, e.data, e.context
    from (
      select r.* from recorded_events r where r.event_id = any (v_with.event_ids)
      union all
      select r.*
      from (
        select f.log, f.recorded_from, f.recorded_to, array_agg(f.position) as positions
        from unnest(v_drawn.logs, v_drawn.positions, v_drawn.recorded_from, v_drawn.recorded_to)
          f (log, position, recorded_from, recorded_to)
        group by f.log, f.recorded_from, f.recorded_to, (f.position - 1) / 1024
      ) f
      cross join lateral (
        select * from recorded_events r
        where r.log = f.log and r.position = any (f.positions) and r.recorded_at between f.recorded_from and f.recorded_to
          and r.tier = any (v_tiers)
        offset 0
      ) r
      union all
      select r.*
      from unnest(v_logs, v_heads, v_since) head (log, position, since)
      cross join lateral (
        select * from recorded_events r
        where r.log = head.log and r.position > coalesce(head.position, 0)
          and r.recorded_at >= greatest(head.since, v_with.from_time - interval '24 hours')
        order by r.position desc
        limit 200000
      ) r
      where v_drawn.share >= 1 or (uuid_hash_extended(r.event_id, 4) & 16777215) < v_drawn.share * 16777216
    ) e
    where (v_with.event_ids is null or e.event_id = any (v_with.event_ids))
      and (v_with.devices is null or e.on_device and e.shard_key = any (v_with.devices))
      and (v_with.type_ids is null or e.type_id = any (v_with.type_ids))
      and (v_with.severity_min is null or e.severity >= v_with.severity_min)
      and (v_with.from_time is null or e."timestamp" >= v_with.from_time and e.recorded_at >= v_with.from_time - interval '24 hours')
      and (v_with.to_time is null or e."timestamp" < v_with.to_time)
      and (v_with.tenant is null or e.tenant = v_with.tenant)
      and (p_tenant is null or e.tenant = p_tenant)
      and not (p_without is not null
        and (v_other.event_ids is null or e.event_id = any (v_other.event_ids))
        and (v_other.devices is null or e.on_device and e.shard_key = any (v_other.devices))
        and (v_other.type_ids is null or e.type_id = any (v_other.type_ids))
        and (v_other.severity_min is null or e.severity >= v_other.severity_min)
        and (v_other.from_time is null or e."timestamp" >= v_other.from_time)
        and (v_other.to_time is null or e."timestamp" < v_other.to_time)
        and (v_other.tenant is null or coalesce(e.tenant = v_other.tenant, false)))
    order by uuid_hash_extended(e.event_id, 3), e.event_id
    limit p_limit;
end;
$$;
