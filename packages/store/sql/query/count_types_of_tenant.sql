-- Counts the events on one device in the last :days days by type and severity, and when it was last heard of at all:
-- those of one tenant or, null, of all; reads every event.
select
  coalesce((
    select jsonb_agg(jsonb_build_array(type_id, severity, events))
    from (
      select e.type_id, e.severity, count(*) as events
      from telltale.recorded_events e
      where e.shard_key = :shard_key and e.on_device
        and e.recorded_at >= (select telltale.clock() - make_interval(days => :days::integer + 1))
        and e."timestamp" >= (select telltale.clock() - make_interval(days => :days::integer))
        and (:tenant::text is null or e.tenant = :tenant)
        and not exists (
          select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position
        )
      group by 1, 2
    ) total
  ), '[]') as counts,
  (
    select (extract(epoch from e."timestamp") * 1000000)::bigint::text
    from telltale.recorded_events e
    where e.shard_key = :shard_key and e.on_device
      and (:tenant::text is null or e.tenant = :tenant)
      and not exists (
        select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position
      )
    order by e."timestamp" desc
    limit 1
  ) as last_activity;
