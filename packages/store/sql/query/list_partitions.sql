-- Every partition with its bounds, size and state.
select
  tier, name, detaching, bytes::text, estimated_events::text,
  (extract(epoch from from_time) * 1000000)::bigint::text as from_time,
  (extract(epoch from to_time) * 1000000)::bigint::text as to_time
from telltale.partitions
order by tier, telltale.partitions.from_time;
