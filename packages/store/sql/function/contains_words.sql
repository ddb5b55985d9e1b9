-- Whether words stand in a string of an event's data, one after the other; keys and the type's personal fields are not
-- looked at. p_word: the longest of the words, in lower case; p_pattern as in has_words; p_open: types that are known to
-- have no personal field, which saves asking (18 of 58 us). Never null. Most rows end at the first test: canonical JSON
-- writes letters and digits as they are, so a text that lacks the word needs no parsing. All strings of the data are
-- matched at once, as the text of a JSON array (a regular expression for each string took twice as long): escapes stand
-- for separators only, and the quotes keep two strings apart.
create or replace function telltale.contains_words(
  p_data json, p_type_id integer, p_word text, p_pattern text, p_open integer[]
) returns boolean
language plpgsql stable parallel safe
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_data jsonb;
  v_texts text collate "C";
  v_pointer text;
begin
  if strpos(lower(p_data::text collate "C"), p_word) = 0 then
    return false;
  end if;
  v_data := p_data;
  if not p_type_id = any (p_open) then
    for v_pointer in
      select jsonb_array_elements_text(personal) from event_types where type_id = p_type_id
    loop
      v_data := mask_personal(v_data, array(
        select replace(replace(token, '~1', '/'), '~0', '~')
        from unnest((string_to_array(v_pointer, '/'))[2:]) with ordinality as part (token, place)
        order by place));
    end loop;
  end if;
  v_texts := lower(jsonb_path_query_array(v_data, 'strict $.** ? (@.type() == "string")')::text collate "C");
  if strpos(v_texts, '\') > 0 then
    v_texts := regexp_replace(v_texts, '\\(u[0-9a-f]{4}|.)', ' ', 'g');
  end if;
  return v_texts ~ p_pattern;
end;
$$;
