-- Puts one event into the inbox, in the caller's transaction.
select telltale.enqueue_event(:shard, :event) as inbox_id;
