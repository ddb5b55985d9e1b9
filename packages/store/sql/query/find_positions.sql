-- The position of every log before a time: that of the last batch recorded before it, null when there is none left.
select
  l.log,
  (
    select b.last_position
    from telltale.log_batches b
    where b.log = l.log and b.recorded_at < :time::timestamptz
    order by b.first_position desc
    limit 1
  )::text as position
from telltale.logs l
order by l.log;
