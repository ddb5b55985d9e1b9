-- The postings of some keys of a segment, one after the other: a byte that says how many bytes follow (0: the segment
-- has no such key), and those. Keys are ascending, so width_bucket finds one by halves.
create or replace function telltale.take_postings(p_keys integer[], p_ends integer[], p_postings bytea, p_wanted integer[])
returns bytea
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key integer;
  v_place integer;
  v_from integer;
  v_taken bytea := '';
begin
  foreach v_key in array p_wanted loop
    v_place := width_bucket(v_key, p_keys);
    if v_place > 0 and p_keys[v_place] = v_key then
      v_from := case when v_place = 1 then 0 else p_ends[v_place - 1] end;
      v_taken := v_taken || set_byte('\x00', 0, p_ends[v_place] - v_from)
        || substring(p_postings from v_from + 1 for p_ends[v_place] - v_from);
    else
      v_taken := v_taken || '\x00'::bytea;
    end if;
  end loop;
  return v_taken;
end;
$$;
