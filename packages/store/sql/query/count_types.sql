-- Counts the events on one device in the last :days days by type and severity, and when it was last heard of at all.
-- By the device index alone: it has neither floors nor tenants, so all is counted, and what a partition still holds
-- below a floor, while it is being dropped, is counted off; with no drop under way every partition is pruned there.
-- For any device_uuid but a version 5, which may be the shard key of something that is no device.
select
  coalesce((
    select jsonb_agg(jsonb_build_array(type_id, severity, events))
    from (
      select type_id, severity, sum(events) as events
      from (
        select e.type_id, e.severity, count(*) as events
        from telltale.recorded_events e
        where e.shard_key = :shard_key and e."timestamp" >= (select telltale.clock() - make_interval(days => :days::integer))
        group by 1, 2
        union all
        select e.type_id, e.severity, -count(*)
        from telltale.events_critical e
        where e.shard_key = :shard_key and e."timestamp" >= (select telltale.clock() - make_interval(days => :days::integer))
          and e.recorded_at <= (select max(f.recorded_at) from telltale.log_floors f where f.tier = 0)
          and exists (select from telltale.log_floors f where f.log = e.log and f.tier = 0 and f.tier_position >= e.tier_position)
        group by 1, 2
        union all
        select e.type_id, e.severity, -count(*)
        from telltale.events_important e
        where e.shard_key = :shard_key and e."timestamp" >= (select telltale.clock() - make_interval(days => :days::integer))
          and e.recorded_at <= (select max(f.recorded_at) from telltale.log_floors f where f.tier = 1)
          and exists (select from telltale.log_floors f where f.log = e.log and f.tier = 1 and f.tier_position >= e.tier_position)
        group by 1, 2
        union all
        select e.type_id, e.severity, -count(*)
        from telltale.events_standard e
        where e.shard_key = :shard_key and e."timestamp" >= (select telltale.clock() - make_interval(days => :days::integer))
          and e.recorded_at <= (select max(f.recorded_at) from telltale.log_floors f where f.tier = 2)
          and exists (select from telltale.log_floors f where f.log = e.log and f.tier = 2 and f.tier_position >= e.tier_position)
        group by 1, 2
        union all
        select e.type_id, e.severity, -count(*)
        from telltale.events_debug e
        where e.shard_key = :shard_key and e."timestamp" >= (select telltale.clock() - make_interval(days => :days::integer))
          and e.recorded_at <= (select max(f.recorded_at) from telltale.log_floors f where f.tier = 3)
          and exists (select from telltale.log_floors f where f.log = e.log and f.tier = 3 and f.tier_position >= e.tier_position)
        group by 1, 2
      ) counted
      group by 1, 2
      having sum(events) > 0
    ) total
  ), '[]') as counts,
  (
    select (extract(epoch from e."timestamp") * 1000000)::bigint::text
    from telltale.recorded_events e
    where e.shard_key = :shard_key and e.on_device
      and not exists (
        select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position
      )
    order by e."timestamp" desc
    limit 1
  ) as last_activity;
