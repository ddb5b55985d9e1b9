-- The key under which segments index a value of a kind (event-key.ts): FNV-1a over both, mixed as murmur3 does. Units are
-- UTF-16, as JavaScript has them. A type's key is its own number and needs none of this.
create or replace function telltale.event_key(p_kind text, p_value text) returns integer
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_hash bigint := 2166136261;
  v_code integer;
begin
  foreach v_code in array array(select ascii(c) from string_to_table(p_kind || ':' || p_value, null) c) loop
    if v_code > 65535 then
      v_hash := ((v_hash # (55296 + ((v_code - 65536) >> 10))) * 16777619) & 4294967295;
      v_code := 56320 + ((v_code - 65536) & 1023);
    end if;
    v_hash := ((v_hash # v_code) * 16777619) & 4294967295;
  end loop;
  v_hash := v_hash # (v_hash >> 16);
  v_hash := (v_hash * 51819 + (((v_hash * 34283) & 65535) << 16)) & 4294967295;
  v_hash := v_hash # (v_hash >> 13);
  v_hash := (v_hash * 44597 + (((v_hash * 49842) & 65535) << 16)) & 4294967295;
  v_hash := v_hash # (v_hash >> 16);
  return (v_hash - case when v_hash > 2147483647 then 4294967296 else 0 end)::integer;
end;
$$;
