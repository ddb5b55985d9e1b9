-- Reads the newest checkpoint of a subscription.
select generation::text, cursor ->> 'token' as token, owner::text, (extract(epoch from stored_at) * 1000000)::bigint::text as stored_at
from telltale.subscription_checkpoints
where name = :name
order by generation desc
limit 1;
