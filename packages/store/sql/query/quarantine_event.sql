-- Moves one inbox row into the quarantine.
select telltale.quarantine_event(:inbox_id, :code, :reason) as moved;
