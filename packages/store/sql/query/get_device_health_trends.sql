-- The health of one device, day by day; null for :tenant means all tenants.
select day::text, online_events, offline_events, errors, warnings, health_score::float8
from telltale.get_device_health_trends(:device_uuid, :days_back, :tenant);
