-- Stores metadata that many events share.
select telltale.intern_contexts(:context_id, :context);
