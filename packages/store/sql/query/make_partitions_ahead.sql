-- Makes the current partitions and the next ones.
select telltale.make_partitions_ahead() as names;
