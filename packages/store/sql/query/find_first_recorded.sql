-- When the first event that some :logs keep was recorded, in microseconds since 2000; a log's recorded times rise.
select telltale.microseconds(min(first.recorded_at))::text as recorded_at
from unnest(:logs::smallint[]) as l (log)
cross join lateral (
  select e.recorded_at from telltale.recorded_events e where e.log = l.log order by e.position limit 1
) first;
