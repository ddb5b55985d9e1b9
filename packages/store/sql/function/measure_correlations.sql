-- Counts, for every event type, what follows (up to p_window seconds after) and, if p_precedes, precedes the anchors of choose_anchors, and
-- what is to be expected there: the share of windows at the same time of day, 1, 2, 3 and 7 days before and after, that
-- hold the type. Those are looked at on the same device, so that neither a bad device, nor a daily rhythm, nor a common type
-- passes for a cause. Windows outside the kept data of the type's tier, or before the device's first event, do not count.
-- p_since is from where the devices are read; p_kept[tier + 1] from when each tier is kept; p_end when the data ends.
-- An event meets the anchors of its device at the same time of day by hash, however many days lie between: 63,000 windows,
-- each laid out by itself, took 0.3 s.
-- One row a type and direction (follows true or false): anchors n, support k, expected E, devices that count, z (from sums
-- by device, so that bursts of one device do not make it large), mean excess lag in seconds, and what else explains it:
--   common cause: other devices show it at the same time. weekly rhythm: the windows 7 days away expect it.
-- Both need evidence of their own (z over 2.58, 1 in 200), so that noise explains nothing away.
create or replace function telltale.measure_correlations(
  p_type_id integer, p_devices uuid[], p_anchor_devices integer[], p_anchor_others integer[], p_anchor_times double precision[],
  p_window double precision, p_since timestamptz, p_kept double precision[], p_end timestamptz, p_tenant text,
  p_precedes boolean
) returns table (
  type_id integer, follows boolean, n bigint, k double precision, e double precision, devices bigint, z double precision,
  excess_lag double precision, explanation text
)
language sql stable
set search_path = telltale, pg_catalog, pg_temp
set work_mem = '128MB'
set enable_nestloop = off
set enable_mergejoin = off
set enable_sort = off
set jit = off
as $$
  with day as (
    -- The day in pieces, each at least as long as a span: a span lies in one or two of them.
    select greatest(floor(86400 / (2 * p_window)), 1)::bigint as pieces,
      86400 / greatest(floor(86400 / (2 * p_window)), 1) as piece_length
  ),
  -- A place is a piece of the day in one of the stretches of 15 days: the nine spans of an anchor lie in two stretches at most.
  event as materialized (
    select e.device, e.type_id, e.at,
      floor(e.at / day.piece_length)::bigint % day.pieces + day.pieces * floor(e.at / 1296000)::bigint as place
    from read_device_times(p_devices, p_since, p_end, p_tenant) e
    cross join day
  ),
  known as (
    select e.device, min(e.at) as first from event e group by e.device
  ),
  -- The own device of each anchor, and the other; of which days before and behind it something is known.
  side as materialized (
    select row_number() over ()::integer as side, s.anchor, s.own, s.home, s.device, s.at,
      ceil((known.first - s.at) / 86400) as since_day,
      floor((date_part('epoch', p_end) - p_window - s.at) / 86400) as until_day
    from (
      select a.anchor, own, a.device as home, case when own then a.device else a.other end as device, a.at
      from unnest(p_anchor_devices, p_anchor_others, p_anchor_times) with ordinality a (device, other, at, anchor)
      cross join unnest(array[true, false]) own
    ) s
    join known on known.device = s.device
  ),
  place as materialized (
    select distinct s.side, s.device, s.at,
      floor((s.at + edge.of_span * p_window) / day.piece_length)::bigint % day.pieces
        + day.pieces * floor((s.at + edge.of_all * (7 * 86400 + p_window)) / 1296000)::bigint as place
    from side s
    cross join day
    cross join (values (-1, -1), (-1, 1), (1, -1), (1, 1)) edge (of_span, of_all)
  ),
  hit as materialized (
    select m.side, m.type_id, m.lag > 0 as follows, m.days, count(*) as events, sum(abs(m.lag)) as lag
    from (
      select p.side, e.type_id, round((e.at - p.at) / 86400) as days,
        e.at - p.at - 86400 * round((e.at - p.at) / 86400) as lag
      from event e
      join place p on p.device = e.device and p.place = e.place
    ) m
    -- What comes before is read only if asked for; of the type itself always, see mirrored.
    where m.lag between case when p_precedes or m.type_id = p_type_id then -p_window else 0 end and p_window
      and m.days in (0, -1, 1, -2, 2, -3, 3, -7, 7)
    group by m.side, m.type_id, m.lag > 0, m.days
  ),
  -- Tiers that are kept from the same moment on are one here, called by the first of them.
  kept as (
    select array_position(p_kept, kept.at) as tier, kept.at from (select distinct at from unnest(p_kept) at) kept
  ),
  -- Anchors that can be judged, by tier: they, and something to compare them with, lie inside what is kept.
  control as materialized (
    select c.side, c.anchor, c.own, c.home, c.tier, c.since_day, c.until_day, c.controls,
      (c.since_day <= -7)::integer + (c.until_day >= 7)::integer as weekly
    from (
      select s.*,
        (s.since_day <= -7)::integer + (s.since_day <= -3)::integer + (s.since_day <= -2)::integer + (s.since_day <= -1)::integer
          + (s.until_day >= 1)::integer + (s.until_day >= 2)::integer + (s.until_day >= 3)::integer + (s.until_day >= 7)::integer
          as controls
      from (
        select s.side, s.anchor, s.own, s.home, kept.tier, s.until_day,
          greatest(s.since_day, ceil((kept.at + p_window - s.at) / 86400)) as since_day
        from side s
        cross join kept
      ) s
      where s.since_day <= 0 and s.until_day >= 0
    ) c
    where c.controls > 0
  ),
  anchors as (
    select c.tier, count(*) as n from control c where c.own group by c.tier
  ),
  -- Anchors whose other device had such an event itself: what it shows may be the work of its own.
  mirrored as (
    select distinct s.anchor
    from hit h
    join side s on s.side = h.side
    where h.type_id = p_type_id and h.days = 0 and not s.own and s.since_day <= 0 and s.until_day >= 0
  ),
  typed as (
    select t.type_id, array_position(p_kept, p_kept[
      array_position(array['critical', 'important', 'standard', 'debug'], t.retention_tier::text)]) as tier
    from event_types t
  ),
  -- What one anchor saw of one type: f itself, hits in its controls; the same seven days away; and the lags of both.
  seen as (
    select c.anchor, c.own, c.home, c.tier, c.controls, c.weekly, h.type_id, h.follows,
      bool_or(h.days = 0)::integer::double precision as f,
      count(*) filter (where h.days <> 0) as hits,
      count(*) filter (where abs(h.days) = 7) as weekly_hits,
      coalesce(sum(h.events) filter (where h.days = 0), 0) as events,
      coalesce(sum(h.lag) filter (where h.days = 0), 0) as lag,
      coalesce(sum(h.events) filter (where h.days <> 0), 0) as control_events,
      coalesce(sum(h.lag) filter (where h.days <> 0), 0) as control_lag
    from hit h
    join typed on typed.type_id = h.type_id
    join control c on c.side = h.side and c.tier = typed.tier and h.days between c.since_day and c.until_day
    where h.type_id <> p_type_id and (h.follows or p_precedes)
    group by c.anchor, c.own, c.home, c.tier, c.controls, c.weekly, h.type_id, h.follows
  ),
  judged as (
    select s.home as device, s.own, s.type_id, s.follows, s.tier, s.f, s.hits / s.controls::double precision as p, s.controls,
      case when s.weekly > 0 then s.weekly_hits / s.weekly::double precision end as week_p,
      s.events - s.control_events / s.controls::double precision as excess_events,
      s.lag - s.control_lag / s.controls as excess_lag,
      o.anchor is not null as paired, o.anchor is not null and m.anchor is null as apart
    from seen s
    left join control o on o.anchor = s.anchor and not o.own and o.tier = s.tier
    left join mirrored m on m.anchor = s.anchor
  ),
  by_device as (
    select j.device, j.type_id, j.follows, j.tier,
      sum(j.f) filter (where j.own) as k,
      sum(j.p) filter (where j.own) as e,
      coalesce(sum(j.f - j.p) filter (where j.own), 0) as d,
      sum(j.p * (1 - j.p) * (j.controls + 1) / (j.controls - 1)) filter (where j.own and j.controls > 1) as chance,
      sum(j.excess_events) filter (where j.own) as excess_events,
      sum(j.excess_lag) filter (where j.own) as excess_lag,
      coalesce(sum(j.f - j.p) filter (where j.own and j.paired), 0) as paired,
      coalesce(sum(j.f - j.p) filter (where j.own and j.apart), 0) as apart,
      coalesce(sum(j.f - j.p) filter (where not j.own and j.apart), 0) as other_apart,
      coalesce(sum(j.f - j.p) filter (where not j.own), 0) as other,
      coalesce(sum(j.week_p - j.p) filter (where j.own), 0) as week,
      coalesce(sum(j.f - j.p) filter (where j.own and j.week_p is not null), 0) as week_d
    from judged j
    group by j.device, j.type_id, j.follows, j.tier
  ),
  by_type as (
    select b.type_id, b.follows, b.tier,
      coalesce(sum(b.k), 0) as k, coalesce(sum(b.e), 0) as e, sum(b.d) as d, count(*) filter (where b.k > 0) as devices,
      count(*) filter (where b.e > 0) as control_devices,
      -- At least what chance alone makes of independent windows: a type that was never there has no spread to show.
      sqrt(greatest(sum(b.d * b.d), sum(b.chance))) as spread,
      sum(b.excess_lag) / nullif(sum(b.excess_events), 0) as mean_lag,
      sum(b.paired) as paired, sum(b.apart) as apart, sum(b.other_apart) as other_apart, sum(b.other) as other,
      sqrt(sum(b.other_apart * b.other_apart)) as other_apart_spread, sqrt(sum(b.other * b.other)) as other_spread,
      sum(b.week) as week, sum(b.week_d) as week_d, sqrt(sum(b.week * b.week)) as week_spread
    from by_device b
    group by b.type_id, b.follows, b.tier
  )
  select t.type_id, t.follows, anchors.n, t.k, t.e, case when t.d >= 0 then t.devices else t.control_devices end,
    coalesce(t.d / nullif(t.spread, 0), 0), t.mean_lag,
    case
      -- Half of the excess or more is on other devices too, though they had no such event; or what excess there is comes
      -- with anchors that other devices had at the same time, so that one cannot be told from the other.
      when t.other_apart * sign(t.d) > 2.58 * t.other_apart_spread and t.other_apart * sign(t.d) >= 0.5 * t.apart * sign(t.d)
        or t.other * sign(t.d) > 2.58 * t.other_spread and t.apart * sign(t.d) < 0.25 * t.paired * sign(t.d) then 'common cause'
      when t.week * sign(t.d) > 2.58 * t.week_spread and t.week * sign(t.d) >= 0.5 * t.week_d * sign(t.d) then 'weekly rhythm'
    end
  from by_type t
  join anchors on anchors.tier = t.tier
$$;
