-- Tiers of which no partition lies ahead.
select tier.tier
from unnest(array['critical', 'important', 'standard', 'debug']) with ordinality as tier (tier, number)
where not exists (
  select from telltale.partitions p where p.tier = tier.tier and p.from_time > telltale.clock()
)
order by tier.number;
