-- Every registered event type with the schemas of all its versions.
select
  t.event_type, t.type_id, t.schema_version, t.aggregate_type, t.description, t.category, t.severity, t.retention_tier,
  t.retention_days, t.personal, t.repetitive_interval, t.sampled, t.summary, t.icon, t.state_changes, t.registered,
  (
    select jsonb_object_agg(v.schema_version, v.schema)
    from telltale.event_type_versions v
    where v.event_type = t.event_type
  ) as schemas
from telltale.event_types t
order by t.event_type;
