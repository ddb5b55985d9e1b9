-- The current epoch and its logs; as JSON, because not every driver parses arrays.
select epoch, to_jsonb(logs) as logs
from telltale.log_epochs
order by epoch desc
limit 1;
