-- What a fold begins with: where every log stands, and the types that change a device's state and are not :declared, the
-- numbers of the types that the process declares itself.
select
  (
    select coalesce(jsonb_object_agg(l.log, jsonb_build_array(h.last_position, telltale.microseconds(h.recorded_at))), '{}')
    from telltale.logs l
    cross join lateral (
      select b.last_position, b.recorded_at
      from telltale.log_batches b where b.log = l.log order by b.first_position desc limit 1
    ) h
  ) as heads,
  (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', t.type_id, 'name', t.event_type, 'version', t.schema_version, 'state', t.state_changes) order by t.type_id), '[]')
    from telltale.event_types t
    where t.state_changes <> '[]' and t.type_id <> all (:declared::integer[])
  ) as types;
