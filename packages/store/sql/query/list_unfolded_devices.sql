-- Devices, and tenants of them, with at least :least events of days before :today that come behind their newest snapshot.
-- A tenant's events are folded apart from those of all tenants (tenant null), as they are asked for. In no order, so that
-- processes that work the list off at the same time meet on few of them.
with newest as (
  select s.shard_key, s.tenant, (max(s."timestamp") at time zone 'UTC')::date as day
  from telltale.device_snapshots s
  where not s.base and s.fingerprint = :fingerprint
  group by s.shard_key, s.tenant
)
select d.shard_key, subject.tenant
from telltale.device_counts d
cross join lateral unnest(
  case when d.tenant = '' then array[null::text] else array[null, d.tenant] end
) as subject (tenant)
left join newest n on n.shard_key = d.shard_key and n.tenant is not distinct from subject.tenant
where d.day < :today::date and (n.day is null or d.day > n.day)
group by d.shard_key, subject.tenant
having sum(d.events) >= :least::bigint
order by random();
