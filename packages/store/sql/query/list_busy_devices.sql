-- The devices with at least :least of the newest :window events of a log, the busiest first.
select e.shard_key
from telltale.logs l
cross join lateral (
  select b.last_position
  from telltale.log_batches b where b.log = l.log order by b.first_position desc limit 1
) head
join telltale.recorded_events e on e.log = l.log and e.position > head.last_position - :window::bigint
where e.on_device
group by e.shard_key
having count(*) >= :least::bigint
order by count(*) desc
limit :limit;
