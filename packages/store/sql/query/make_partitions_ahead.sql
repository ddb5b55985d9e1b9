-- Makes the current partitions and the next ones.
select to_jsonb(telltale.make_partitions_ahead()) as names;
