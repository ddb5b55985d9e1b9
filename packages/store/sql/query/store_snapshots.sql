-- Stores states that a read has folded; see the function.
select telltale.store_snapshots(
  :shard_key, :tenant, :fingerprint, :base_time, :heads, :timestamp, :event_count, :state, :late
);
