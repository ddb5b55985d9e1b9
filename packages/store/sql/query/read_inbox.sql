-- Reads inbox rows in the order in which they were put there, after one of them.
select inbox_id::text, event::text as event
from telltale.inbox i
where i.inbox_id > :after
order by i.inbox_id
limit :limit;
