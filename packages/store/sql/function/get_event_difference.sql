-- Which attributes single a set of events out: those whose share among the selected differs from their share among the
-- others. Both sets are described as read_event_selection takes them; p_baseline null: what else happened in the same time,
-- which, of events named by their ids, begins 12 hours before the first of them and ends 12 hours behind the last.
-- Events that are in both count for the selection only. At most p_sample of each are looked at (sample_events).
-- 5,000 cost 1.5 to 1.9 s of CPU over 10 M events, 20,000 3.6 to 3.9: 2,500 tell a share from its double at 3 %.
-- Numbers are compared in quarters of what both sets hold together. risk_difference is selection_share - baseline_share,
-- g2 the likelihood ratio of the 2 x 2 table, q its Benjamini-Hochberg level over every value seen 5 times or more.
-- Reported are q <= 0.01, the largest difference first, at most p_limit.
-- Raises TT011 for what it does not understand, TT002 for an unknown event type.
create or replace function telltale.get_event_difference(
  p_selection jsonb, p_baseline jsonb default null, p_sample integer default 2500, p_limit integer default 100,
  p_tenant text default null
) returns table (
  attribute text, value text, selection_count bigint, selection_share numeric, baseline_count bigint, baseline_share numeric,
  risk_difference numeric, g2 numeric, q numeric
)
language plpgsql stable
set search_path = telltale, pg_catalog, pg_temp
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
  v_baseline jsonb;
begin
  if (p_sample between 10 and 20000) is not true or (p_limit between 1 and 1000) is not true then
    raise exception 'expected p_sample from 10 to 20,000 and p_limit from 1 to 1,000 (found: %, %)', p_sample, p_limit
      using errcode = 'TT011';
  end if;
  perform read_event_selection('p_selection', p_selection);
  v_baseline := coalesce(p_baseline, p_selection - array['device_uuid', 'event_types', 'event_ids', 'severity_min']);
  if p_baseline is null and p_selection ? 'event_ids' and not p_selection ? 'from' then
    select jsonb_build_object('from', min(r."timestamp") - interval '12 hours', 'to', max(r."timestamp") + interval '12 hours')
      || v_baseline
    into v_baseline
    from recorded_events r
    where r.event_id = any (array(select jsonb_array_elements_text(p_selection -> 'event_ids')::uuid))
      and (p_tenant is null or r.tenant = p_tenant)
    having count(*) > 0;
    if not found then
      return;
    end if;
  end if;
  return query
    with member as materialized (
      select true as selected, s as event
      from sample_events('p_selection', p_selection, null, p_sample, p_tenant) s
      union all
      select false, b
      from sample_events('p_baseline', v_baseline, p_selection, p_sample, p_tenant) b
    ),
    sizes as (
      select count(*) filter (where m.selected)::double precision as selection,
        count(*) filter (where not m.selected)::double precision as baseline
      from member m
    ),
    listed as materialized (
      select m.selected, a.attribute, a.value, a.number
      from member m
      join event_types t on t.type_id = (m.event).type_id
      left join contexts c on c.context_id = (m.event).context_id
      cross join lateral list_event_attributes(m.event, t.event_type, t.personal, c.context) a
    ),
    quarter as (
      select l.attribute, percentile_disc(array[0.25, 0.5, 0.75]) within group (order by l.number) as bounds
      from listed l
      where l.number is not null
      group by l.attribute
    ),
    binned as (
      select l.selected, l.attribute, coalesce(l.value, case
        when l.number < q.bounds[1] then format('< %s', q.bounds[1])
        when l.number < q.bounds[2] then format('%s to %s', q.bounds[1], q.bounds[2])
        when l.number < q.bounds[3] then format('%s to %s', q.bounds[2], q.bounds[3])
        else format('>= %s', q.bounds[3]) end) as value
      from listed l
      left join quarter q on q.attribute = l.attribute and l.number is not null
    ),
    counted as (
      select b.attribute, b.value, count(*) filter (where b.selected) as a, count(*) filter (where not b.selected) as c
      from binned b
      group by b.attribute, b.value
      having count(*) >= 5
    ),
    measured as (
      select n.attribute, n.value, n.a, n.c, n.a / s.selection as selection_share, n.c / s.baseline as baseline_share,
        greatest(0, 2 * (
          surprise(n.a, s.selection * (n.a + n.c) / (s.selection + s.baseline))
          + surprise(n.c, s.baseline * (n.a + n.c) / (s.selection + s.baseline))
          + surprise(s.selection - n.a, s.selection * (s.selection + s.baseline - n.a - n.c) / (s.selection + s.baseline))
          + surprise(s.baseline - n.c, s.baseline * (s.selection + s.baseline - n.a - n.c) / (s.selection + s.baseline)))) as g2
      from counted n
      cross join sizes s
      where s.selection > 0 and s.baseline > 0
    ),
    ranked as (
      select m.*, normal_tail(sqrt(m.g2)) * count(*) over () / row_number() over (order by m.g2 desc) as level from measured m
    ),
    levelled as (
      select r.*, least(1, min(r.level) over (order by r.g2, r.level desc)) as q from ranked r
    )
    select l.attribute, l.value, l.a, round(l.selection_share::numeric, 4), l.c, round(l.baseline_share::numeric, 4),
      round((l.selection_share - l.baseline_share)::numeric, 4), round(l.g2::numeric, 2), round(l.q::numeric, 12)
    from levelled l
    where l.q <= 0.01
    order by abs(l.selection_share - l.baseline_share) desc, l.attribute, l.value
    limit p_limit;
end;
$$;
