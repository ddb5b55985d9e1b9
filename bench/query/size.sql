-- Bytes of the tables of the schema with their indexes; partitions count for their table.
select case when c.relispartition then (select p.relname from pg_inherits i join pg_class p on p.oid = i.inhparent where i.inhrelid = c.oid)
    else c.relname end as name,
  sum(pg_total_relation_size(c.oid))::float8 as bytes
from pg_class c
where c.relnamespace = 'telltale'::regnamespace and c.relkind = 'r'
group by 1
having sum(pg_total_relation_size(c.oid)) > 1000000
order by 2 desc;
