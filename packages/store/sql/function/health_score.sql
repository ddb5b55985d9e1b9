-- The health score of a device from what a window of days held: 0 to 100, two decimals. The same arithmetic in the same
-- order as healthOf in the catalogue's health.ts, in double precision and whole hundredths; a test holds the two equal.
-- p_errors counts severity error alone; critical events go by p_critical.
create or replace function telltale.health_score(
  p_days integer,
  p_critical bigint default 0,
  p_errors bigint default 0,
  p_warnings bigint default 0,
  p_online bigint default 0,
  p_offline bigint default 0,
  p_alerts_triggered bigint default 0,
  p_alerts_resolved bigint default 0,
  p_health_degraded bigint default 0,
  p_health_recovered bigint default 0,
  p_jobs_failed bigint default 0,
  p_jobs_completed bigint default 0
) returns numeric
language sql immutable parallel safe
return (
  select round((10000
    - floor(2500 * critical / (critical + 0.1::float8) + 0.5)
    - floor(2500 * errors / (errors + 1) + 0.5)
    - floor(1000 * warnings / (warnings + 10) + 0.5)
    - floor(1000 * outages / (outages + 1) + 0.5)
    - case when p_offline > p_online then 1000 else 0 end
    - floor(1000 * still_open / (still_open + 1) + 0.5)
    - floor(1000 * p_jobs_failed::float8 / (p_jobs_failed + p_jobs_completed + 1) + 0.5))::numeric / 100, 2)
  from (
    select
      p_critical::float8 / greatest(p_days, 1) as critical,
      p_errors::float8 / greatest(p_days, 1) as errors,
      p_warnings::float8 / greatest(p_days, 1) as warnings,
      p_offline::float8 / greatest(p_days, 1) as outages,
      (greatest(0, p_alerts_triggered - p_alerts_resolved) + greatest(0, p_health_degraded - p_health_recovered))::float8
        as still_open
  ) rate
);
