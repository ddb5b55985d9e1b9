-- The stored segments with the newest events, whatever their keys, behind one of them in the order (time_to, log,
-- first_position), with the postings of :keys and, if :lengths says so, the words of each event. late_only: nothing but late
-- events can be as old as :to. Times are microseconds since 1970.
select
  s.log, s.first_position::text,
  telltale.epoch_microseconds(s.recorded_from) as recorded_from, telltale.epoch_microseconds(s.recorded_to) as recorded_to,
  telltale.epoch_microseconds(s.time_to) as time_to, s.prompt_from > :to::timestamptz as late_only,
  telltale.take_postings(s.keys, s.ends, s.postings, :keys) as postings,
  case when :lengths::boolean then s.lengths end as lengths
from telltale.segments s
where (s.time_to, s.log, s.first_position) < (:before_time::timestamptz, :before_log::smallint, :before_position::bigint)
  and s.time_to >= :from::timestamptz
  and s.time_from <= :to::timestamptz
order by s.time_to desc, s.log desc, s.first_position desc
limit :limit;
