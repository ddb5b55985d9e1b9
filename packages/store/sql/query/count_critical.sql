-- Counts the live events of severity critical with a timestamp in the last :days days: the counted segments of every log,
-- plus what stands behind them.
select (
  coalesce((
    select sum(c.events)
    from telltale.event_counts c
    where c.hour >= since.hour and c.severity = 4
      and (known.floor_days is null or c.recorded_day > known.floor_days[c.log * 4 + c.tier + 1])
  ), 0) + (
    select count(*)
    from unnest(known.logs, known.segment_heads, known.segment_since) head (log, position, since)
    -- Fenced: by timestamp the planner would read the whole device index.
    cross join lateral (
      select e.log, e.tier, e.tier_position, e."timestamp", e.severity
      from telltale.recorded_events e
      where e.log = head.log and e.position > head.position and e.recorded_at >= head.since
      offset 0
    ) e
    where e.severity = 4 and e."timestamp" >= since.hour
      and e.tier_position > known.floor_positions[e.log * 4 + e.tier + 1]
  )
)::text as events
from (select date_trunc('hour', telltale.clock() - make_interval(days => :days::integer), 'UTC') as hour) since
cross join lateral telltale.read_count_heads(since.hour) known;
