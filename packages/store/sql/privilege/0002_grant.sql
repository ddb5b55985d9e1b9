-- Who may do what: the application reads and calls, the maintenance role removes whole partitions, the reader reads
-- under row-level security. Nobody is granted INSERT, UPDATE, DELETE or TRUNCATE, and nothing is granted on a partition
-- itself: a policy on the parent does not guard it.
revoke all on all routines in schema telltale from public;
grant usage on schema telltale to telltale_application, telltale_maintenance, telltale_reader;
grant execute on all routines in schema telltale to telltale_application;
revoke execute on function telltale.has_live_events, telltale.raise_floor, telltale.raise_incarnation, telltale.refuse_truncate,
  telltale.remove_counts
  from telltale_application;
grant execute on function
  telltale.get_most_active_devices, telltale.get_device_health_trends, telltale.get_event_hourly_distribution,
  telltale.count_device_days, telltale.read_count_heads, telltale.refuse_analysis, telltale.health_score, telltale.clock,
  telltale.get_event_correlations(varchar, integer),
  telltale.get_event_correlations(varchar, integer, interval, integer, text, boolean),
  telltale.find_type_devices, telltale.sample_devices, telltale.read_device_times, telltale.key_positions,
  telltale.choose_anchors, telltale.measure_correlations, telltale.refuse_correlation,
  telltale.normal_tail, telltale.get_event_difference, telltale.read_event_selection, telltale.sample_events,
  telltale.list_event_attributes, telltale.surprise
to telltale_reader;

grant select on
  telltale.events_critical, telltale.events_important, telltale.events_standard, telltale.events_debug,
  telltale.contexts, telltale.event_types, telltale.event_type_versions, telltale.aggregate_types,
  telltale.logs, telltale.log_incarnations, telltale.log_epochs, telltale.log_batches, telltale.log_floors,
  telltale.partitions, telltale.recorded_events, telltale.events, telltale.device_event_timeline, telltale.log_heads,
  telltale.event_counts, telltale.hour_counts, telltale.device_counts, telltale.device_blocks
to telltale_application, telltale_reader;
grant select on
  telltale.inbox, telltale.quarantine, telltale.stream_versions, telltale.settings, telltale.migrations, telltale.applied_files,
  telltale.subscriptions, telltale.subscription_checkpoints, telltale.segments, telltale.device_snapshots
to telltale_application;
