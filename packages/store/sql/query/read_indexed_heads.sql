-- Where each log stands, and up to where its segments are complete, in one snapshot. Times are microseconds since 1970.
select
  l.log,
  coalesce(head.last_position, 0)::text as head,
  coalesce(indexed.last_position, 0)::text as indexed,
  (extract(epoch from indexed.recorded_to) * 1000000)::bigint::text as recorded_to
from telltale.logs l
left join lateral (
  select b.last_position from telltale.log_batches b where b.log = l.log order by b.first_position desc limit 1
) head on true
left join lateral (
  select s.last_position, s.recorded_to from telltale.segments s where s.log = l.log order by s.first_position desc limit 1
) indexed on true
order by l.log;
