-- Events by hour of the day; null for :tenant means all tenants.
select hour_of_day, avg_events::float8, peak_events::float8
from telltale.get_event_hourly_distribution(:days_back, :tenant);
