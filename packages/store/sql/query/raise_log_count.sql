-- Raises the number of live logs.
select telltale.raise_log_count(:count) as epoch;
