-- Stores one segment and its counts; false when another process was first.
select telltale.store_segment(
  :log, :first_position, :last_position, :recorded_from, :recorded_to, :time_from, :time_to, :prompt_from,
  :keys, :ends, :postings, :lengths,
  :hours, :recorded_days, :tiers, :type_ids, :severities, :tenants, :events) as stored;
