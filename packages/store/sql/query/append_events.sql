-- Calls telltale.append_events with a whole batch; the parameters are those of the function.
select telltale.append_events(
  :epoch, :logs, :shards, :skip_inbox, :take_inbox, :clock_bound, :dedupe_window,
  :stream_tenant, :stream_type, :stream_id, :stream_expected, :stream_count,
  :counts, :check, :log_index, :rank, :tier_rank, :stream_index, :stream_rank, :recorded_at, :timestamp, :context_id,
  :type_id, :schema_version, :severity, :outcome, :impact, :actor_type, :on_device, :event_id, :shard_key,
  :correlation_id, :causation_id, :content_hash, :tenant, :aggregate_type, :aggregate_id, :actor_id, :source,
  :traceparent, :data, :context
) as outcome;
