/** What could not be distributed later (design §6, reference "the schema that survives scale-out"), read from the catalog. */

const tierTables = `array['events_critical', 'events_important', 'events_standard', 'events_debug']`;

/** The tier tables and everything below them, however deep; depth 0 is a tier table, 1 a partition of it. */
const tree = `with recursive tree as (
    select c.oid, c.oid as root, c.relname, c.relkind, 0 as depth
    from pg_class c where c.relnamespace = 'telltale'::regnamespace and c.relname = any (${tierTables})
    union all
    select c.oid, tree.root, c.relname, c.relkind, tree.depth + 1
    from tree join pg_inherits i on i.inhparent = tree.oid join pg_class c on c.oid = i.inhrelid
  )`;

/**
 * One row for each violation: `{rule, object}`. None is a schema that a distributed engine takes as it stands: one level
 * of partitions by range, every unique key with recorded_at and shard_key, no identity or sequence, no foreign key, no
 * trigger but those that refuse.
 */
export const findUndistributable = `${tree}
select 'partition depth' as rule, relname::text as object from tree where depth > 1 or (depth = 1 and relkind = 'p')
union all
select 'not partitioned by range of recorded_at', relname
from tree left join pg_partitioned_table p on p.partrelid = tree.oid
where depth = 0 and (p.partrelid is null or p.partstrat <> 'r' or p.partdefid <> 0 or (
  select array_agg(attname::text) from pg_attribute where attrelid = tree.oid and attnum = any (p.partattrs::int2[])
) <> '{recorded_at}')
union all
select 'unique key without recorded_at and shard_key', x.relname
from tree join pg_index i on i.indrelid = tree.oid join pg_class x on x.oid = i.indexrelid
where (i.indisunique or i.indisexclusion) and not (
  select array_agg(attname::text) @> '{recorded_at,shard_key}'
  from pg_attribute where attrelid = tree.oid and attnum = any (i.indkey::int2[]))
union all
select 'identity column', relname || '.' || attname
from tree join pg_attribute on attrelid = tree.oid where attidentity <> ''
union all
select 'sequence default', relname || '.' || attname
from tree join pg_attrdef d on d.adrelid = tree.oid join pg_attribute on attrelid = tree.oid and attnum = d.adnum
where pg_get_expr(d.adbin, d.adrelid) like '%nextval(%'
union all
select 'foreign key', k.conname
from tree join pg_constraint k on tree.oid in (k.conrelid, k.confrelid) where k.contype = 'f'
union all
select 'trigger', relname || '.' || tgname
from tree join pg_trigger on tgrelid = tree.oid
where not tgisinternal and tgname not in ('refuse_change', 'refuse_truncate')
union all
select 'rule', relname || '.' || rulename
from tree join pg_rewrite on ev_class = tree.oid
union all
select 'columns unlike those of critical', relname
from tree
where depth = 0 and (
  select array_agg(attname || ' ' || format_type(atttypid, atttypmod) || attnotnull order by attnum)
  from pg_attribute where attrelid = tree.oid and attnum > 0 and not attisdropped
) is distinct from (
  select array_agg(attname || ' ' || format_type(atttypid, atttypmod) || attnotnull order by attnum)
  from pg_attribute where attrelid = 'telltale.events_critical'::regclass and attnum > 0 and not attisdropped)
order by 1, 2`;
