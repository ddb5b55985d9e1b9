-- How many positions of each log stand behind what is built from them: segments, and the counts of devices.
select
  l.log,
  coalesce(head.last_position, 0)::text as head,
  (coalesce(head.last_position, 0) - coalesce(indexed.last_position, 0))::text as segments,
  (coalesce(head.last_position, 0) - coalesce(counted.last_position, 0))::text as device_counts
from telltale.logs l
left join lateral (
  select b.last_position from telltale.log_batches b where b.log = l.log order by b.first_position desc limit 1
) head on true
left join lateral (
  select s.last_position from telltale.segments s where s.log = l.log order by s.first_position desc limit 1
) indexed on true
left join lateral (
  select d.last_position from telltale.device_blocks d where d.log = l.log order by d.first_position desc limit 1
) counted on true
order by l.log;
