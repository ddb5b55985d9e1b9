-- Reads the description of a set of events, as get_event_difference takes it: a JSON object with any of
--   device_uuid (one, or a list), event_types, event_ids (lists), from, to (times), severity_min (a severity), tenant.
-- What is left out does not matter; without event_ids and without from, the 7 days before `to` or now are meant.
-- Raises TT011 for anything else, TT002 for an unknown event type.
create or replace function telltale.read_event_selection(
  p_name text, p_selection jsonb,
  out devices uuid[], out type_ids integer[], out event_ids uuid[], out from_time timestamptz, out to_time timestamptz,
  out severity_min smallint, out tenant text
)
language plpgsql stable
set search_path = telltale, pg_catalog, pg_temp
set timezone = 'UTC'
as $$
#variable_conflict use_variable
declare
  v_key text;
  v_value jsonb;
  v_found text;
begin
  if jsonb_typeof(p_selection) is distinct from 'object' then
    raise exception '%: expected a JSON object (found: %)', p_name, coalesce(jsonb_typeof(p_selection), 'null') using errcode = 'TT011';
  end if;
  for v_key, v_value in select key, value from jsonb_each(p_selection) loop
    v_found := left(v_value::text, 200);
    if v_key = 'device_uuid' and jsonb_typeof(v_value) = 'string' then
      v_value := jsonb_build_array(v_value);
    end if;
    if v_key in ('device_uuid', 'event_types', 'event_ids') and
      (jsonb_typeof(v_value) <> 'array' or jsonb_array_length(v_value) not between 1 and 20000
        or jsonb_path_exists(v_value, 'strict $[*] ? (@.type() != "string")'))
    then
      raise exception '%: %: expected a list of 1 to 20,000 strings (found: %)', p_name, v_key, v_found using errcode = 'TT011';
    elsif v_key in ('from', 'to', 'severity_min', 'tenant') and jsonb_typeof(v_value) <> 'string' then
      raise exception '%: %: expected a string (found: %)', p_name, v_key, v_found using errcode = 'TT011';
    end if;
    begin
      case v_key
        when 'device_uuid' then devices := array(select jsonb_array_elements_text(v_value)::uuid);
        when 'event_ids' then event_ids := array(select jsonb_array_elements_text(v_value)::uuid);
        when 'from' then from_time := (v_value #>> '{}')::timestamptz;
        when 'to' then to_time := (v_value #>> '{}')::timestamptz;
        when 'tenant' then tenant := v_value #>> '{}';
        when 'severity_min' then
          severity_min := array_position(array['debug', 'info', 'warning', 'error', 'critical'], v_value #>> '{}') - 1;
          if severity_min is null then
            raise invalid_text_representation;
          end if;
        when 'event_types' then
          select string_agg(name, ', ') into v_found from jsonb_array_elements_text(v_value) name
          where not exists (select from event_types t where t.event_type = name);
          if v_found is not null then
            raise exception '%: expected registered event types (found: %)', p_name, left(v_found, 200) using errcode = 'TT002';
          end if;
          type_ids := array(select t.type_id from event_types t where t.event_type in (select jsonb_array_elements_text(v_value)));
        else
          raise exception '%: expected device_uuid, event_types, event_ids, from, to, severity_min or tenant (found: %)', p_name, v_key
            using errcode = 'TT011';
      end case;
    exception
      when data_exception then
        raise exception '%: %: expected % (found: %)', p_name, v_key,
          case when v_key in ('from', 'to') then 'a time' when v_key = 'severity_min' then 'debug, info, warning, error or critical'
            else 'uuids' end, v_found using errcode = 'TT011';
    end;
  end loop;
  if from_time is null and event_ids is null then
    from_time := coalesce(to_time, clock()) - interval '7 days';
  end if;
  if from_time >= to_time then
    raise exception '%: expected from before to (found: % and %)', p_name, from_time, to_time using errcode = 'TT011';
  end if;
end;
$$;
