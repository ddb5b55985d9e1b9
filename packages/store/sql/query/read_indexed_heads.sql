-- Where each log stands, and up to where its segments are complete, in one snapshot. Times are microseconds since 1970.
-- types changes when a type, or a version of one, is registered: who reads this knows what it has not met.
select
  l.log,
  coalesce(head.last_position, 0)::text as head,
  coalesce(indexed.last_position, 0)::text as indexed,
  (extract(epoch from indexed.recorded_to) * 1000000)::bigint::text as recorded_to,
  (select count(*) from telltale.event_type_versions)::text as types
from telltale.logs l
left join lateral (
  select b.last_position from telltale.log_batches b where b.log = l.log order by b.first_position desc limit 1
) head on true
left join lateral (
  select s.last_position, s.recorded_to from telltale.segments s where s.log = l.log order by s.first_position desc limit 1
) indexed on true
order by l.log;
