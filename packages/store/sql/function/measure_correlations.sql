-- Counts, for every event type, what follows (up to p_window seconds after) and, if p_precedes, precedes the anchors of sample_anchors, and
-- what is to be expected there: the share of windows at the same time of day, 1, 2, 3 and 7 days before and after, that
-- hold the type. Those are looked at on the same device, so that neither a bad device, nor a daily rhythm, nor a common type
-- passes for a cause. Windows outside the kept data of the type's tier, or before the device's first event, do not count.
-- p_since is from where the devices are read; p_kept[tier + 1] from when each tier is kept; p_end when the data ends.
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
  with anchor as materialized (
    select a.anchor::integer as anchor, a.device, a.other, a.at
    from unnest(p_anchor_devices, p_anchor_others, p_anchor_times) with ordinality a (device, other, at, anchor)
  ),
  -- Every stretch of time that is looked at: around the anchor and its eight shifts, on the own device and the other.
  span as materialized (
    select row_number() over ()::integer as span, a.anchor, side.own, shift.days, side.device, a.at + shift.days * 86400 as at
    from anchor a
    cross join lateral (values (true, a.device), (false, a.other)) side (own, device)
    cross join unnest(array[0, -1, 1, -2, 2, -3, 3, -7, 7]) shift (days)
    where side.own or side.device is not null
  ),
  -- Time in pieces as long as a span, so that a span meets its events by hash: it lies in two of them.
  piece as (
    select s.span, s.device, s.at, floor((s.at - p_window) / (2 * p_window))::integer + next.piece as piece
    from span s
    cross join (values (0), (1)) next (piece)
  ),
  hit as materialized (
    select e.device, p.span, case when p.span is not null then e.type_id end as type_id, e.at > p.at as follows,
      min(e.at) as first, count(*) as events, sum(abs(e.at - p.at)) as lag
    from (
      select d.device, r.type_id, r.at, floor(r.at / (2 * p_window))::integer as piece
      from unnest(p_devices) with ordinality d (shard_key, device)
      cross join lateral (
        select r.type_id, date_part('epoch', r."timestamp") as at
        from recorded_events r
        where r.shard_key = d.shard_key and r."timestamp" >= p_since and r."timestamp" <= p_end
          and r.recorded_at >= p_since - interval '24 hours' and r.recorded_at <= p_end
          and (p_tenant is null or r.tenant = p_tenant)
        offset 0
      ) r
    ) e
    left join piece p on p.device = e.device and p.piece = e.piece and e.at <= p.at + p_window
      -- What comes before is read only if asked for; of the type itself always, see mirrored.
      and e.at >= case when p_precedes or e.type_id = p_type_id then p.at - p_window else p.at end
    group by e.device, p.span, 3, 4
  ),
  known as (
    select h.device, min(h.first) as first from hit h group by h.device
  ),
  valid as materialized (
    select s.span, s.anchor, s.own, s.days, array[
      s.at - p_window >= p_kept[1], s.at - p_window >= p_kept[2], s.at - p_window >= p_kept[3], s.at - p_window >= p_kept[4]] as kept
    from span s
    join known on known.device = s.device
    where s.at >= known.first and s.at + p_window <= date_part('epoch', p_end)
  ),
  -- Anchors that can be judged, by tier: they, and something to compare them with, lie inside what is kept.
  control as materialized (
    select c.anchor, c.own, tier.number as tier, c.controls[tier.number + 1] as controls, c.weekly[tier.number + 1] as weekly
    from (
      select v.anchor, v.own,
        array[
          bool_or(v.days = 0 and v.kept[1]), bool_or(v.days = 0 and v.kept[2]),
          bool_or(v.days = 0 and v.kept[3]), bool_or(v.days = 0 and v.kept[4])] as there,
        array[
          count(*) filter (where v.days <> 0 and v.kept[1]), count(*) filter (where v.days <> 0 and v.kept[2]),
          count(*) filter (where v.days <> 0 and v.kept[3]), count(*) filter (where v.days <> 0 and v.kept[4])] as controls,
        array[
          count(*) filter (where abs(v.days) = 7 and v.kept[1]), count(*) filter (where abs(v.days) = 7 and v.kept[2]),
          count(*) filter (where abs(v.days) = 7 and v.kept[3]), count(*) filter (where abs(v.days) = 7 and v.kept[4])] as weekly
      from valid v
      group by v.anchor, v.own
    ) c
    cross join generate_series(0, 3) tier (number)
    where c.there[tier.number + 1] and c.controls[tier.number + 1] > 0
  ),
  anchors as (
    select c.tier, count(*) as n from control c where c.own group by c.tier
  ),
  -- Anchors whose other device had such an event itself: what it shows may be the work of its own.
  mirrored as (
    select distinct v.anchor
    from hit h
    join valid v on v.span = h.span
    where h.type_id = p_type_id and not v.own and v.days = 0
  ),
  typed as (
    select t.type_id, array_position(array['critical', 'important', 'standard', 'debug'], t.retention_tier::text) - 1 as tier
    from event_types t
  ),
  -- What one anchor saw of one type: f itself, p in its controls; the same seven days away; and the lags of both.
  seen as (
    select v.anchor, v.own, h.type_id, h.follows, typed.tier,
      bool_or(v.days = 0)::integer::double precision as f,
      count(*) filter (where v.days <> 0) as hits,
      count(*) filter (where abs(v.days) = 7) as weekly_hits,
      coalesce(sum(h.events) filter (where v.days = 0), 0) as events,
      coalesce(sum(h.lag) filter (where v.days = 0), 0) as lag,
      coalesce(sum(h.events) filter (where v.days <> 0), 0) as control_events,
      coalesce(sum(h.lag) filter (where v.days <> 0), 0) as control_lag
    from hit h
    join valid v on v.span = h.span
    join typed on typed.type_id = h.type_id
    where h.type_id <> p_type_id and (h.follows or p_precedes) and v.kept[typed.tier + 1]
    group by v.anchor, v.own, h.type_id, h.follows, typed.tier
  ),
  judged as (
    select s.anchor, a.device, s.own, s.type_id, s.follows, s.tier, s.f, s.hits / c.controls::double precision as p, c.controls,
      case when c.weekly > 0 then s.weekly_hits / c.weekly::double precision end as week_p,
      s.events - s.control_events / c.controls::double precision as excess_events,
      s.lag - s.control_lag / c.controls as excess_lag,
      o.anchor is not null as paired, o.anchor is not null and m.anchor is null as apart
    from seen s
    join control c on c.anchor = s.anchor and c.own = s.own and c.tier = s.tier
    join anchor a on a.anchor = s.anchor
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
