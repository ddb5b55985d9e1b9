-- The devices with the most events in the last days; null for :tenant means all tenants.
select
  device_uuid, event_count::float8, error_count::float8, warning_count::float8,
  (extract(epoch from last_event) * 1000000)::bigint::text as last_event
from telltale.get_most_active_devices(:days_back, :limit, :tenant);
