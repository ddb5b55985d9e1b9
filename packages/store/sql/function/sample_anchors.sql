-- Chooses the anchors of a correlation: occurrences of one type, so far apart that their windows do not overlap.
-- Of an unbroken run of them (each within p_window of the one before) the first in every second window's length stays.
-- At most p_anchors by a hash, on devices chosen by a hash (1,400 for a week and 5,000 anchors, fewer for longer): the
-- answer is the same every time, and what is read of the devices is bounded. 2,000 of them
-- (a share of them is known within 1.1 points) are given another device of the sample, to be looked at, at the same time.
-- Returns the devices, and for each anchor the place of its device, of the other, and its time in seconds since 1970.
create or replace function telltale.sample_anchors(
  p_type_id integer, p_from timestamptz, p_to timestamptz, p_window double precision, p_anchors integer, p_tenant text,
  out devices uuid[], out anchor_devices integer[], out anchor_others integer[], out anchor_times double precision[]
)
language sql stable
set search_path = telltale, pg_catalog, pg_temp
set work_mem = '64MB'
set enable_nestloop = off
set jit = off
as $$
  with occurrence as (
    -- 200,000: what is read stays bounded for a type that makes up half of a fleet's events.
    select e.shard_key, date_part('epoch', e."timestamp") as at
    from find_type_events(p_type_id, p_from - make_interval(secs => 2 * p_window), p_to, 200000, p_tenant) e
  ),
  chosen as (
    select d.shard_key
    from (select distinct o.shard_key from occurrence o where o.at > date_part('epoch', p_from)) d
    order by uuid_hash_extended(d.shard_key, 1), d.shard_key
    -- Devices by the days they are read over: a quarter of the fleet for a week costs as much as a few devices for a year.
    limit greatest(p_anchors * 6 / (14 + date_part('epoch', p_to - p_from) / 86400), p_anchors / 20, 3)
  ),
  gap as (
    select o.shard_key, o.at, o.at - lag(o.at) over device > p_window is not false as starts
    from occurrence o
    where o.shard_key in (select c.shard_key from chosen c)
    window device as (partition by o.shard_key order by o.at)
  ),
  run as (
    select g.shard_key, g.at, max(g.at) filter (where g.starts) over (partition by g.shard_key order by g.at) as began
    from gap g
  ),
  stretch as (
    select r.shard_key, min(r.at) as at
    from run r
    where floor((r.at - r.began) / p_window)::bigint % 2 = 0
    group by r.shard_key, r.began, floor((r.at - r.began) / p_window)
  ),
  anchor as (
    select s.shard_key, s.at, row_number() over (
      order by hashint8extended(round(s.at * 1e6)::bigint, uuid_hash_extended(s.shard_key, 2)), s.shard_key, s.at) as nth
    from stretch s
    where s.at > date_part('epoch', p_from)
    order by nth
    limit p_anchors
  ),
  device as (
    select d.shard_key, row_number() over (order by d.shard_key)::integer as place, count(*) over ()::integer as all_devices
    from (select distinct a.shard_key from anchor a) d
  ),
  placed as (
    select d.place, a.at,
      -- Any of the others: 1 to all_devices - 1 places further on.
      case when d.all_devices > 1 and a.nth <= 2000 then 1 + (d.place + mod(abs(hashint8extended(round(a.at * 1e6)::bigint, d.place) / 2),
        d.all_devices - 1)::integer) % d.all_devices end as other
    from anchor a
    join device d using (shard_key)
  )
  select
    (select array_agg(d.shard_key order by d.place) from device d),
    array_agg(p.place order by p.place, p.at),
    array_agg(p.other order by p.place, p.at),
    array_agg(p.at order by p.place, p.at)
  from placed p
$$;
