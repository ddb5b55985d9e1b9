-- Reads the newest checkpoint of a subscription.
select generation::text, cursor ->> 'token' as token, owner::text, (extract(epoch from stored_at) * 1000000)::bigint::text as stored_at
from telltale.subscription_checkpoints c
where c.name = :name
order by c.generation desc
limit 1;
