-- Every subscription with its newest checkpoint.
select s.name, c.generation::text, c.cursor ->> 'token' as token, (extract(epoch from c.stored_at) * 1000000)::bigint::text as stored_at
from telltale.subscriptions s
cross join lateral (
  select generation, cursor, stored_at
  from telltale.subscription_checkpoints
  where name = s.name
  order by generation desc
  limit 1
) c
order by s.name;
