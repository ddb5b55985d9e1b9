-- Puts quarantined events back into the inbox: one, or all for null.
select telltale.replay_quarantine(:inbox_id::bigint) as replayed;
