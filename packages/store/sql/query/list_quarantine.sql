-- What is quarantined, and why.
select inbox_id::text, event::text as event, code, reason, (extract(epoch from quarantined_at) * 1000000)::bigint::text as quarantined_at
from telltale.quarantine q
order by q.inbox_id
limit :limit;
