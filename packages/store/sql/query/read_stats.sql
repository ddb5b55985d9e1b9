-- Counts the last days, and how much every log and tier holds, in one snapshot. A tenant gets no heads: they would tell
-- how much the others have.
select
  telltale.count_events(:days::integer, :tenant::text) as stats,
  case when :tenant::text is null then (
    select jsonb_agg(jsonb_build_object('log', h.log, 'tier', h.tier, 'head', h.head, 'floor', h.floor, 'live', h.live)
      order by h.log, h.tier)
    from telltale.log_heads h
  ) end as logs,
  case when :tenant::text is null then (
    select (extract(epoch from min(first.recorded_at)) * 1000000)::bigint::text
    from telltale.logs l
    cross join lateral (
      select e.recorded_at
      from telltale.recorded_events e
      where e.log = l.log and not exists (
        select from telltale.log_floors f where f.log = e.log and f.tier = e.tier and f.tier_position >= e.tier_position
      )
      order by e.position
      limit 1
    ) first
  ) end as oldest,
  case when :tenant::text is null then (
    select (extract(epoch from max(h.recorded_at)) * 1000000)::bigint::text from telltale.log_heads h where h.live > 0
  ) end as newest;
