-- Reads the inbox rows of these numbers that are still there, in order.
select inbox_id::text, event::text as event
from telltale.inbox i
where i.inbox_id = any (:ids)
order by i.inbox_id;
