-- The sizes that the bytes an event are made of. Partitions without events are left out: each costs 48 kB of empty
-- index pages however many events the others hold.
-- no parameters  ->  all columns bytes, not null
with part as (
  select tree.relid
  from pg_class parent
  cross join pg_partition_tree(parent.oid) tree
  where parent.relnamespace = 'telltale'::regnamespace
    and parent.relkind = 'p'
    and parent.relname like 'events\_%'
    and tree.isleaf
    and pg_relation_size(tree.relid) > 0
)
select
  sum(pg_table_size(part.relid))::bigint as heap,
  sum(pg_indexes_size(part.relid))::bigint as indexes,
  (select sum(pg_relation_size(pg_index.indexrelid))
   from pg_index join part on part.relid = pg_index.indrelid
   where pg_get_indexdef(pg_index.indexrelid) like '%(event\_id)')::bigint as identities,
  pg_total_relation_size('telltale.log_batches')::bigint as ledger,
  pg_total_relation_size('telltale.contexts')::bigint as contexts
from part;
