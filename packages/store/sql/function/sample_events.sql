-- At most p_limit events of a described set (read_event_selection), without those of another (null: none), chosen by a hash
-- of their ids, so that the answer is the same every time. The row is that of
-- any tier table: a view's would keep the view from being made again. p_tenant, if given, stands above what the description says.
create or replace function telltale.sample_events(
  p_name text, p_selection jsonb, p_without jsonb, p_limit integer, p_tenant text
) returns setof telltale.events_standard
language plpgsql stable
set search_path = telltale, pg_catalog, pg_temp
set jit = off
as $$
declare
  v_with record := read_event_selection(p_name, p_selection);
  v_other record := read_event_selection(p_name, coalesce(p_without, '{}'));
begin
  return query
    select e.recorded_at, e."timestamp", e.position, e.tier_position, e.context_id, e.stream_version, e.type_id, e.log,
      e.schema_version, e.severity, e.outcome, e.impact, e.actor_type, e.on_device, e.event_id, e.shard_key, e.correlation_id,
      e.causation_id, e.checksum, e.tenant, e.aggregate_type, e.aggregate_id, e.actor_id, e.source, e.traceparent, e.data, e.context
    from recorded_events e
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
