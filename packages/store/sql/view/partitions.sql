-- The partitions there are, read from the system catalog: the truth, also after a crash half way through a drop.
-- detaching is true from the moment a concurrent detach began until it is finished.
create or replace view telltale.partitions as
select
  substr(parent.relname, 8) as tier,
  part.relname as name,
  bound.times[1]::timestamptz as from_time,
  bound.times[2]::timestamptz as to_time,
  inherits.inhdetachpending as detaching,
  pg_total_relation_size(part.oid) as bytes,
  part.reltuples::bigint as estimated_events
from pg_class parent
join pg_inherits inherits on inherits.inhparent = parent.oid
join pg_class part on part.oid = inherits.inhrelid
cross join lateral (
  select regexp_match(pg_get_expr(part.relpartbound, part.oid), $re$FROM \('(.*)'\) TO \('(.*)'\)$re$) as times
) bound
where parent.relnamespace = 'telltale'::regnamespace
  and parent.relkind = 'p'
  and parent.relname in ('events_critical', 'events_important', 'events_standard', 'events_debug');
