-- Raises the floors for one partition that is about to be dropped: from here on no reader counts what it holds.
-- The partition must be the oldest of its tier, so that a drop removes a prefix of the tier in every log, and its time
-- must be over. Returns the floors raised, as [{log, tier, tier_position, position, recorded_at}].
create or replace function telltale.raise_floor(p_partition text) returns jsonb
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO'
as $$
declare
  v_partition partitions;
  v_oldest text;
  v_log smallint;
  v_floors jsonb;
begin
  select * into v_partition from partitions where name = p_partition;
  if not found then
    raise exception 'expected a partition (found: no partition %)', p_partition using errcode = 'TT041';
  end if;
  select name into v_oldest from partitions where tier = v_partition.tier order by from_time limit 1;
  if v_oldest <> p_partition then
    raise exception 'expected the oldest partition of its tier (found: %, older is %)', p_partition, v_oldest using errcode = 'TT041';
  end if;
  if v_partition.to_time > clock() then
    raise exception 'expected a partition whose time is over (found: % ends %)', p_partition, v_partition.to_time using errcode = 'TT041';
  end if;
  -- An append that took its time just before the partition's ended may not have committed yet; it holds its log's lock.
  for v_log in select log from logs order by log loop
    perform pg_advisory_xact_lock(1413829716, v_log);
  end loop;
  execute format($sql$
    with top as (
      select l.log, newest.tier_position, newest.position, newest.recorded_at
      from telltale.logs l
      cross join lateral (
        select e.tier_position, e.position, e.recorded_at
        from telltale.%I e where e.log = l.log order by e.position desc limit 1
      ) newest
    ), raised as (
      insert into telltale.log_floors (log, tier, tier_position, position, recorded_at)
      select log, %s, tier_position, position, recorded_at from top
      on conflict do nothing
      returning log, tier, tier_position, position, recorded_at
    )
    select coalesce(jsonb_agg(to_jsonb(raised) order by log), '[]') from raised
  $sql$, p_partition, array_position(array['critical', 'important', 'standard', 'debug'], v_partition.tier) - 1)
  into v_floors;
  return v_floors;
end;
$$;
