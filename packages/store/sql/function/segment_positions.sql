-- The positions of one segment that have a key of every list; a list that is null does not matter. Keys of a long list
-- are first reduced to those that the segment has: looking up a thousand one by one took longer than reading its keys.
create or replace function telltale.segment_positions(
  p_first_position bigint, p_keys integer[], p_ends integer[], p_postings bytea,
  p_types integer[], p_severities integer[], p_devices integer[], p_tenants integer[], p_late integer[]
) returns bigint[]
language plpgsql immutable parallel safe
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_devices integer[] := p_devices;
  v_found bigint[];
begin
  if cardinality(p_devices) > 50 then
    v_devices := array(select unnest(p_devices) intersect select unnest(p_keys));
  end if;
  if p_types is not null then
    v_found := key_positions(p_first_position, p_keys, p_ends, p_postings, p_types);
  end if;
  if p_severities is not null then
    v_found := meet_positions(v_found, key_positions(p_first_position, p_keys, p_ends, p_postings, p_severities));
  end if;
  if p_devices is not null then
    v_found := meet_positions(v_found, key_positions(p_first_position, p_keys, p_ends, p_postings, v_devices));
  end if;
  if p_tenants is not null then
    v_found := meet_positions(v_found, key_positions(p_first_position, p_keys, p_ends, p_postings, p_tenants));
  end if;
  if p_late is not null then
    v_found := meet_positions(v_found, key_positions(p_first_position, p_keys, p_ends, p_postings, p_late));
  end if;
  return v_found;
end;
$$;
