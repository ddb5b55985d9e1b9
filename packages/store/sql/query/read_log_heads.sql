-- The heads of all logs as one text: as long as it stays the same, nothing was recorded.
select string_agg(log || ':' || "position", ' ' order by log) as heads
from telltale.read_heads(array(select log from telltale.logs));
