-- Makes the current partition of every tier and those of the next p_ahead widths. Returns the names of what it made.
create or replace function telltale.make_partitions_ahead(p_ahead integer default 3) returns text[]
language sql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
  select coalesce(array_agg(name), '{}')
  from (values ('critical', interval '1 year'), ('important', interval '3 months'), ('standard', interval '1 week'), ('debug', interval '1 day'))
    as tier (tier, width)
  cross join lateral unnest(make_partitions(
    tier.tier, clock(), clock() + tier.width * case tier.tier when 'critical' then least(p_ahead, 1) when 'important' then least(p_ahead, 1) else p_ahead end
  )) as name;
$$;
