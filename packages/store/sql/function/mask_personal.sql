-- Replaces what stands at a personal pointer, given as its keys, by null; `*` is any key and any item of a list. Not
-- removed: the items behind it would move, and the next pointer would name another.
create or replace function telltale.mask_personal(p_data jsonb, p_pointer text[]) returns jsonb
language plpgsql immutable parallel safe
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_key text := p_pointer[1];
  v_rest text[] := p_pointer[2:];
begin
  if v_key is null then
    return 'null';
  end if;
  if jsonb_typeof(p_data) = 'object' then
    if v_key <> '*' then
      return case when p_data ? v_key
        then p_data || jsonb_build_object(v_key, mask_personal(p_data -> v_key, v_rest)) else p_data end;
    end if;
    return coalesce((select jsonb_object_agg(key, mask_personal(value, v_rest)) from jsonb_each(p_data)), p_data);
  end if;
  if jsonb_typeof(p_data) = 'array' then
    return coalesce((
      select jsonb_agg(case when v_key = '*' or v_key = (place - 1)::text
        then mask_personal(value, v_rest) else value end order by place)
      from jsonb_array_elements(p_data) with ordinality as item (value, place)), p_data);
  end if;
  return p_data;
end;
$$;
