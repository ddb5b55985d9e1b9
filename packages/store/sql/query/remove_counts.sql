-- Removes counts and segments of dropped partitions.
select telltale.remove_counts() as removed;
