-- Makes the partitions of a tier that are missing between two times; the unit is null for the tier's own.
select to_jsonb(telltale.make_partitions(:tier, :from, :to, :unit)) as names;
