-- Stores states of one device that a read has folded, and takes away those that a late event made wrong: every one from
-- its time on that was built before it was recorded, on the same base. A base is neither written nor removed here.
-- Snapshots of other declarations go when they are a day old: until then another version may be using them.
-- p_late: [{timestamp, log, position}], the earliest late events that the read has found.
create or replace function telltale.store_snapshots(
  p_shard_key uuid, p_tenant text, p_fingerprint text, p_base_time timestamptz, p_heads jsonb,
  p_timestamp timestamptz[], p_event_count bigint[], p_state json[], p_late jsonb
) returns void
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
begin
  delete from device_snapshots s
  using jsonb_to_recordset(p_late) as late ("timestamp" timestamptz, log smallint, "position" bigint)
  where s.shard_key = p_shard_key and s.tenant is not distinct from p_tenant and not s.base
    and s.base_time = p_base_time and s."timestamp" >= late."timestamp"
    and late.position > coalesce((s.heads -> late.log::text ->> 0)::bigint, 0);
  delete from device_snapshots s
  where s.shard_key = p_shard_key and not s.base
    and s.fingerprint <> p_fingerprint and s.built_at < clock_timestamp() - interval '1 day';
  insert into device_snapshots (shard_key, tenant, base, fingerprint, "timestamp", base_time, event_count, heads, state)
  select p_shard_key, p_tenant, false, p_fingerprint, rung."timestamp", p_base_time, rung.event_count, p_heads, rung.state
  from unnest(p_timestamp, p_event_count, p_state) as rung ("timestamp", event_count, state)
  on conflict do nothing;
end;
$$;
