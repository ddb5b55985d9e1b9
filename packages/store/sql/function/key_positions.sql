-- The positions of a segment that have one of the wanted keys; see 0009_segment.sql for how postings are written.
create or replace function telltale.key_positions(
  p_first_position bigint, p_keys integer[], p_ends integer[], p_postings bytea, p_wanted integer[]
) returns bigint[]
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key integer;
  v_place integer;
  v_from integer;
  v_posting bytea;
  v_positions bigint[] := '{}';
begin
  foreach v_key in array p_wanted loop
    v_place := width_bucket(v_key, p_keys);
    continue when v_place = 0 or p_keys[v_place] <> v_key;
    v_from := case when v_place = 1 then 0 else p_ends[v_place - 1] end;
    v_posting := substring(p_postings from v_from + 1 for p_ends[v_place] - v_from);
    if length(v_posting) = 128 then
      v_positions := v_positions || array(
        select p_first_position + bit from generate_series(0, 1023) bit where get_bit(v_posting, bit) = 1);
    else
      v_positions := v_positions || array(
        select p_first_position + get_byte(v_posting, at * 2) * 256 + get_byte(v_posting, at * 2 + 1)
        from generate_series(0, length(v_posting) / 2 - 1) at);
    end if;
  end loop;
  return v_positions;
end;
$$;
