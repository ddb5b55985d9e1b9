-- What follows or precedes an event type beyond chance, with its evidence; null for :tenant means all tenants.
select
  correlated_event_type, direction, correlation_strength::float8, avg_time_between_seconds::float8, support::float8,
  expected::float8, anchors::float8, devices::float8, lift::float8, z::float8, q::float8, explanation
from telltale.get_event_correlations(
  :event_type, :days_back, make_interval(secs => :seconds::float8), :anchors, :tenant);
