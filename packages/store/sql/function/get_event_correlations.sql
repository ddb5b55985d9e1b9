-- What follows events of one type on the same device beyond chance, within 30 minutes, as asked for in the specification;
-- only what passes (see below) and is not explained otherwise. correlation_strength is -1..1: the share of the events that
-- the other type follows beyond what its base rate, the device and the time of day let expect, or, below 0, the share of
-- what was to be expected that stays away.
-- Raises TT002 for an unknown type, TT011 for less than 1 or more than 3,650 days.
create or replace function telltale.get_event_correlations(p_event_type varchar, p_days_back integer default 7)
returns table (correlated_event_type varchar, correlation_strength numeric, avg_time_between_seconds numeric)
language sql stable
set search_path = telltale, pg_catalog, pg_temp
as $$
  select c.correlated_event_type, c.correlation_strength, c.avg_time_between_seconds
  from get_event_correlations(p_event_type, p_days_back, interval '30 minutes', p_precedes => false) c
  where c.explanation is null
  order by abs(c.correlation_strength) desc, c.correlated_event_type
$$;

-- The same with its evidence, for a window of its own, from a sample of p_anchors, for one tenant (null: all of them).
-- direction: whether the other type follows or precedes (p_precedes false: not asked). support of anchors had it (k), expected is how many would have by
-- chance (E), devices those that count for it; lift = k / E; z over the sums by device; q its Benjamini-Hochberg level over
-- all types and both directions. Reported are q <= 0.01, |strength| >= 0.02, and k >= 5 on 3 devices (below 0: E instead).
-- explanation: null, or 'common cause' (other devices show it at the same time) or 'weekly rhythm'.
-- It stands in one file with the function above, which a change of one of them alone would drop.
create or replace function telltale.get_event_correlations(
  p_event_type varchar, p_days_back integer, p_window interval, p_anchors integer default 5000, p_tenant text default null,
  p_precedes boolean default true
) returns table (
  correlated_event_type varchar, direction text, correlation_strength numeric, avg_time_between_seconds numeric,
  support bigint, expected numeric, anchors bigint, devices bigint, lift numeric, z numeric, q numeric, explanation text
)
language plpgsql stable
set search_path = telltale, pg_catalog, pg_temp
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock();
  v_type_id integer := (select t.type_id from event_types t where t.event_type = p_event_type);
  v_window double precision := date_part('epoch', p_window);
  v_end timestamptz;
  v_kept double precision[];
  v_from timestamptz := v_now - make_interval(days => p_days_back);
  -- Controls of the first anchors lie 7 days before the window that was asked for.
  v_since timestamptz := v_from - interval '7 days' - p_window;
  -- Whether an anchor is the first of its run is seen in what comes before.
  v_run interval := 2 * p_window;
  v_sample record;
  v_chosen record;
begin
  perform refuse_correlation(p_event_type, p_days_back, p_window, p_anchors);
  -- Where the data ends: windows behind the newest recorded event hold nothing because nothing is known of them yet.
  select coalesce(least(max(newest.recorded_at), v_now), v_now) into v_end
  from logs l
  cross join lateral (
    select b.recorded_at from log_batches b where b.log = l.log order by b.first_position desc limit 1
  ) newest;
  select array_agg(coalesce(date_part('epoch', floor.recorded_at), '-infinity') order by kept.tier) into v_kept
  from generate_series(0, 3) kept(tier)
  left join lateral (select max(f.recorded_at) as recorded_at from log_floors f where f.tier = kept.tier) floor on true;
  v_sample := sample_devices(
    find_type_devices(v_type_id, v_from, v_end - p_window, p_tenant), v_type_id, v_from - v_run, v_end - p_window,
    v_since, v_end, p_anchors, p_tenant);
  v_chosen := choose_anchors(
    v_sample.devices, v_sample.occurrence_devices, v_sample.occurrence_times, date_part('epoch', v_from), v_window, p_anchors);
  return query
    with measured as (
      select m.type_id, m.follows, m.n, m.k, m.e, m.devices, m.z, m.excess_lag, m.explanation,
        case when m.k >= m.e then (m.k - m.e) / nullif(m.n - m.e, 0) else (m.k - m.e) / m.e end as strength,
        normal_tail(m.z) as p
      from measure_correlations(
        v_type_id, v_sample.devices, v_chosen.anchor_devices, v_chosen.anchor_others, v_chosen.anchor_times, v_window,
        v_since, v_kept, v_end, p_tenant, p_precedes) m
    ),
    tested as (
      select m.*, min(m.level) over (order by m.p desc, m.level desc) as q
      from (
        select s.*, s.p * count(*) over () / row_number() over (order by s.p) as level from measured s
      ) m
    )
    select t.event_type, case when m.follows then 'follows' else 'precedes' end, round(m.strength::numeric, 4),
      round(case when m.excess_lag between 0 and v_window then m.excess_lag end::numeric, 3), m.k::bigint,
      round(m.e::numeric, 3), m.n, m.devices, round((m.k / nullif(m.e, 0))::numeric, 3), round(m.z::numeric, 2),
      round(m.q::numeric, 12), m.explanation
    from tested m
    join event_types t on t.type_id = m.type_id
    where m.q <= 0.01 and abs(m.strength) >= 0.02 and greatest(m.k, m.e) >= 5 and m.devices >= 3
    order by abs(m.strength) desc, t.event_type, m.follows desc;
end;
$$;
