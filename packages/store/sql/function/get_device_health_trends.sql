-- The health of one device on each UTC day from p_days_back days ago to today, by the events' timestamp: a row for every
-- day, those without events included. errors are of severity error and critical; health_score is that of the day alone.
-- p_tenant: null for all tenants, '' for events of no tenant. Raises TT011 for no device and days outside 1 to 3,650.
create or replace function telltale.get_device_health_trends(
  p_device_uuid uuid, p_days_back integer default 30, p_tenant text default null
) returns table (
  day date, online_events integer, offline_events integer, errors integer, warnings integer, health_score numeric
)
language plpgsql stable rows 31
set search_path = telltale, pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_today date := (clock() at time zone 'UTC')::date;
begin
  if p_device_uuid is null then
    raise exception 'p_device_uuid: expected the uuid of a device (found: null)' using errcode = 'TT011';
  end if;
  perform refuse_analysis(p_days_back, 1);
  return query
    with typed as (
      select c.day, t.event_type, c.severity, c.events
      from count_device_days(
        p_device_uuid, (v_today - p_days_back)::timestamp at time zone 'UTC', (v_today + 1)::timestamp at time zone 'UTC', p_tenant
      ) c
      join event_types t on t.type_id = c.type_id
    ), daily as (
      select
        c.day,
        coalesce(sum(c.events) filter (where c.severity = 4), 0)::bigint as critical,
        coalesce(sum(c.events) filter (where c.severity = 3), 0)::bigint as errors,
        coalesce(sum(c.events) filter (where c.severity = 2), 0)::bigint as warnings,
        coalesce(sum(c.events) filter (where c.event_type = 'device.online'), 0)::bigint as online,
        coalesce(sum(c.events) filter (where c.event_type = 'device.offline'), 0)::bigint as offline,
        coalesce(sum(c.events) filter (where c.event_type = 'device.alert_triggered'), 0)::bigint as triggered,
        coalesce(sum(c.events) filter (where c.event_type = 'device.alert_resolved'), 0)::bigint as resolved,
        coalesce(sum(c.events) filter (where c.event_type = 'device.health_degraded'), 0)::bigint as degraded,
        coalesce(sum(c.events) filter (where c.event_type = 'device.health_recovered'), 0)::bigint as recovered,
        coalesce(sum(c.events) filter (where c.event_type in ('job.failed', 'job.timeout')), 0)::bigint as failed,
        coalesce(sum(c.events) filter (where c.event_type = 'job.completed'), 0)::bigint as completed
      from typed c
      group by c.day
    )
    select
      v_today - number,
      coalesce(d.online, 0)::integer,
      coalesce(d.offline, 0)::integer,
      coalesce(d.errors + d.critical, 0)::integer,
      coalesce(d.warnings, 0)::integer,
      case when d.day is null then health_score(1) else health_score(1, d.critical, d.errors, d.warnings, d.online,
        d.offline, d.triggered, d.resolved, d.degraded, d.recovered, d.failed, d.completed) end
    from generate_series(0, p_days_back) number
    left join daily d on d.day = v_today - number
    order by number desc;
end;
$$;
