-- The stored segments that have all of :all and one of :one_of, newest events first, behind one of them in the order
-- (time_to, log, first_position); the rest as in walk_segments.sql. The index over the keys finds them all, and only those
-- of the page are looked into.
with page as materialized (
  select f.log, f.first_position
  from telltale.find_segments(:all, :one_of) f
  where (f.time_to, f.log, f.first_position) < (:before_time::timestamptz, :before_log::smallint, :before_position::bigint)
    and f.time_to >= :from::timestamptz
    and f.time_from <= :to::timestamptz
  order by f.time_to desc, f.log desc, f.first_position desc
  limit :limit
)
select
  s.log, s.first_position::text,
  telltale.epoch_microseconds(s.recorded_from) as recorded_from, telltale.epoch_microseconds(s.recorded_to) as recorded_to,
  telltale.epoch_microseconds(s.time_to) as time_to, s.prompt_from > :to::timestamptz as late_only,
  telltale.take_postings(s.keys, s.ends, s.postings, :keys) as postings,
  case when :lengths::boolean then s.lengths end as lengths
from page p
join telltale.segments s using (log, first_position)
order by s.time_to desc, s.log desc, s.first_position desc;
