-- What singles a set of events out; null for :baseline means what else happened then, null for :tenant all tenants.
select
  attribute, value, selection_count::float8, selection_share::float8, baseline_count::float8, baseline_share::float8,
  risk_difference::float8, g2::float8, q::float8
from telltale.get_event_difference(:selection::text::jsonb, :baseline::text::jsonb, :sample, :limit, :tenant);
