-- The current epoch and its logs.
select epoch, logs
from telltale.log_epochs
order by epoch desc
limit 1;
