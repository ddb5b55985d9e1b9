-- Tables that were partitions and that a crash left behind between detach and drop: named like one, below a floor.
-- What somebody detached by hand to keep holds events above its floor, and is not among them.
with detached as materialized (
  select c.relname::text as name
  from pg_class c
  where c.relnamespace = 'telltale'::regnamespace
    and c.relkind = 'r'
    and not c.relispartition
    and c.relname ~ '^events_(critical|important|standard|debug)_\d{4}_\d\d_\d\d$'
)
select name
from detached
where not telltale.has_live_events(name)
order by name;
