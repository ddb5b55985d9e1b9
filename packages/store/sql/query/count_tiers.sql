-- Counts the rows above the floor of every log and tier, beside what head - floor says, in one snapshot.
select
  h.log, h.tier, h.live::text as expected,
  (
    select count(*) from telltale.recorded_events e
    where e.log = h.log and e.tier = h.tier and e.tier_position > h.floor
  )::text as found
from telltale.log_heads h
order by h.log, h.tier;
