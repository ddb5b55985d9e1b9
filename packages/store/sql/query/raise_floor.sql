-- Raises the floors for a partition that is about to be dropped.
select telltale.raise_floor(:name) as floors;
