-- Everything in the schema as text: columns, indexes, constraints, triggers, row security, policies, views and functions,
-- and as whom the last two work. Partitions come and go and are left out; what PostgreSQL 18 lists and 15 does not (not-null constraints) as well.
with tables as (
  select c.oid, c.relname, c.relkind, c.relrowsecurity, c.reloptions
  from pg_class c
  where c.relnamespace = 'telltale'::regnamespace and not c.relispartition and c.relkind in ('r', 'p', 'v')
    and c.relname !~ '^events_(critical|important|standard|debug)_\d'
)
select 'column ' || t.relname || '.' || a.attname as object,
  format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as definition
from tables t
join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
where t.relkind <> 'v'
union all
select 'index ' || c.relname, pg_get_indexdef(i.indexrelid)
from pg_index i join tables t on t.oid = i.indrelid join pg_class c on c.oid = i.indexrelid
union all
select 'constraint ' || t.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
from pg_constraint k join tables t on t.oid = k.conrelid
where k.contype <> 'n'
union all
select 'trigger ' || t.relname || '.' || g.tgname, pg_get_triggerdef(g.oid) || ' enabled ' || g.tgenabled::text
from pg_trigger g join tables t on t.oid = g.tgrelid
where not g.tgisinternal
union all
select 'row security ' || t.relname, 'enabled'
from tables t
where t.relrowsecurity
union all
select 'policy ' || t.relname || '.' || p.polname,
  (select string_agg(rolname, ', ' order by rolname) from pg_roles where oid = any (p.polroles)) || ' using ' || pg_get_expr(p.polqual, p.polrelid)
from pg_policy p join tables t on t.oid = p.polrelid
union all
select 'view ' || t.relname, concat_ws(' ', md5(pg_get_viewdef(t.oid)), array_to_string(t.reloptions, ' '))
from tables t
where t.relkind = 'v'
union all
select 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
  concat_ws(' ', md5(coalesce(p.prosrc, '') || coalesce(pg_get_function_sqlbody(p.oid), '')),
    p.provolatile, case when p.prosecdef then 'security definer' end, array_to_string(p.proconfig, ' '))
from pg_proc p
where p.pronamespace = 'telltale'::regnamespace
order by 1;
