-- Removes inbox rows whose events are recorded already.
select telltale.discard_inbox(:ids) as discarded;
