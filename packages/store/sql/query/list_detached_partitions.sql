-- Tables that were partitions and that a crash left behind between detach and drop: named like one, below a floor.
select c.relname as name
from pg_class c
where c.relnamespace = 'telltale'::regnamespace
  and c.relkind = 'r'
  and not c.relispartition
  and c.relname ~ '^events_(critical|important|standard|debug)_\d{4}_\d\d_\d\d$'
order by c.relname;
