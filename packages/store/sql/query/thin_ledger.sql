-- Thins ledger rows and stream versions that only the newest of counts.
select telltale.thin_ledger() as removed;
