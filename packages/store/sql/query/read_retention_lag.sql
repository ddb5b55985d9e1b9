-- By how many hours the oldest partition of each tier is past its time: the longest retention of the tier's event types,
-- counted from the partition's end. 0 when none is; a type that is kept for ever keeps its whole tier.
select
  tier.name as tier,
  coalesce(greatest(extract(epoch from telltale.clock() - due.at) / 3600, 0), 0)::float8 as hours
from (values ('critical'), ('important'), ('standard'), ('debug')) as tier (name)
left join lateral (
  select min(p.to_time) + (
    select max(t.retention_days) * interval '1 day'
    from telltale.event_types t
    where t.retention_tier = tier.name
    having bool_and(t.retention_days is not null)
  ) as at
  from telltale.partitions p
  where p.tier = tier.name
) due on true
order by tier.name;
