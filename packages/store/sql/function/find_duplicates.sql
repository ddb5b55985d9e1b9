-- Looks up, among the events recorded since p_since, those of the batch that may have been recorded before; p_check says
-- where: -1 in every tier, k in tier k, null nowhere. Identity is (tenant, shard_key, event_id). Returns null or
-- {"duplicates": [{index, ...place of the recorded one}]}; index counts from 0. The tier tables need an index on event_id
-- anyway; a table of identities would cost a second insert of 140 bytes for every event.
create or replace function telltale.find_duplicates(
  p_check smallint[], p_event_id uuid[], p_shard_key uuid[], p_tenant text[], p_since timestamptz
) returns jsonb
language plpgsql
set search_path = telltale, pg_catalog, pg_temp
set enable_seqscan = off
as $$
declare
  v_duplicates jsonb;
begin
  select jsonb_agg(jsonb_build_object(
    'index', i.place - 1,
    'log', e.log,
    'position', e.position,
    'tier_position', e.tier_position,
    'recorded_at', microseconds(e.recorded_at),
    'timestamp', microseconds(e."timestamp"),
    'stream_version', e.stream_version,
    'checksum', encode(e.checksum, 'hex')) order by i.place)
  into v_duplicates
  from unnest(p_check, p_event_id, p_shard_key, p_tenant) with ordinality
    as i (tier, event_id, shard_key, tenant, place)
  cross join lateral (
    select * from (
      select log, position, tier_position, recorded_at, "timestamp", stream_version, checksum, shard_key, tenant
      from events_critical where i.tier in (-1, 0) and event_id = i.event_id and recorded_at >= p_since
      union all
      select log, position, tier_position, recorded_at, "timestamp", stream_version, checksum, shard_key, tenant
      from events_important where i.tier in (-1, 1) and event_id = i.event_id and recorded_at >= p_since
      union all
      select log, position, tier_position, recorded_at, "timestamp", stream_version, checksum, shard_key, tenant
      from events_standard where i.tier in (-1, 2) and event_id = i.event_id and recorded_at >= p_since
      union all
      select log, position, tier_position, recorded_at, "timestamp", stream_version, checksum, shard_key, tenant
      from events_debug where i.tier in (-1, 3) and event_id = i.event_id and recorded_at >= p_since
    ) recorded
    where recorded.shard_key = i.shard_key and recorded.tenant is not distinct from i.tenant
    order by recorded_at
    limit 1
  ) e
  where i.tier is not null;
  if v_duplicates is null then
    return null;
  end if;
  return jsonb_build_object('duplicates', v_duplicates);
end;
$$;
