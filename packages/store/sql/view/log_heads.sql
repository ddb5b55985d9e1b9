-- What every log and tier holds, by arithmetic alone: live = head - floor.
create or replace view telltale.log_heads with (security_invoker = true) as
select
  logs.log,
  tier.tier,
  tier.name as retention_tier,
  coalesce(head.last_position, 0) as log_position,
  coalesce((array[head.critical, head.important, head.standard, head.debug])[tier.tier + 1], 0) as head,
  coalesce(floor.tier_position, 0) as floor,
  coalesce((array[head.critical, head.important, head.standard, head.debug])[tier.tier + 1], 0)
    - coalesce(floor.tier_position, 0) as live,
  head.recorded_at
from telltale.logs
cross join (values (0, 'critical'), (1, 'important'), (2, 'standard'), (3, 'debug')) as tier (tier, name)
left join lateral (
  select * from telltale.log_batches b where b.log = logs.log order by b.first_position desc limit 1
) head on true
left join lateral (
  select f.tier_position from telltale.log_floors f
  where f.log = logs.log and f.tier = tier.tier
  order by f.tier_position desc limit 1
) floor on true;
