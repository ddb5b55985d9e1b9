-- Chooses the anchors of a correlation: occurrences of one type, so far apart that their windows do not overlap.
-- Of an unbroken run of them (each within p_window of the one before) the first in every second window's length stays.
-- Of those behind p_from at most p_anchors by a hash: the answer is the same every time. 2,000 of them
-- (a share of them is known within 1.1 points) are given another device of the sample, to be looked at, at the same time.
-- Takes the occurrences as sample_devices returns them.
-- Returns for each anchor the place of its device, of the other, and its time in seconds since 1970.
create or replace function telltale.choose_anchors(
  p_devices uuid[], p_occurrence_devices integer[], p_occurrence_times double precision[], p_from double precision,
  p_window double precision, p_anchors integer,
  out anchor_devices integer[], out anchor_others integer[], out anchor_times double precision[]
)
language sql stable
set search_path = telltale, pg_catalog, pg_temp
set work_mem = '64MB'
set enable_nestloop = off
set jit = off
as $$
  with gap as (
    select o.device, o.at, o.at - lag(o.at) over device > p_window is not false as starts
    from unnest(p_occurrence_devices, p_occurrence_times) o (device, at)
    window device as (partition by o.device order by o.at)
  ),
  run as (
    select g.device, g.at, max(g.at) filter (where g.starts) over (partition by g.device order by g.at) as began
    from gap g
  ),
  stretch as (
    select r.device, min(r.at) as at
    from run r
    where floor((r.at - r.began) / p_window)::bigint % 2 = 0
    group by r.device, r.began, floor((r.at - r.began) / p_window)
  ),
  anchor as (
    select s.device, s.at, row_number() over (
      order by hashint8extended(round(s.at * 1e6)::bigint, uuid_hash_extended(p_devices[s.device], 2)), s.device, s.at) as nth
    from stretch s
    where s.at > p_from
    order by nth
    limit p_anchors
  ),
  device as materialized (
    select d.device, row_number() over (order by d.device)::integer as place, count(*) over ()::integer as all_devices
    from (select distinct a.device from anchor a) d
  ),
  placed as (
    select a.device, a.at,
      -- Any of the others: 1 to all_devices - 1 places further on.
      case when d.all_devices > 1 and a.nth <= 2000 then 1 + (d.place + mod(abs(hashint8extended(round(a.at * 1e6)::bigint, d.place) / 2),
        d.all_devices - 1)::integer) % d.all_devices end as other
    from anchor a
    join device d using (device)
  )
  select
    array_agg(p.device order by p.device, p.at),
    array_agg(o.device order by p.device, p.at),
    array_agg(p.at order by p.device, p.at)
  from placed p
  left join device o on o.place = p.other
$$;
