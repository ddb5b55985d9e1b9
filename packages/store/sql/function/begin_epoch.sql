-- Begins an epoch with these logs, or null for the same ones; the caller holds the lock of every live log. Every log goes on from one common time,
-- so that merging by recorded_at keeps a device's order over the change. Returns the new epoch.
create or replace function telltale.begin_epoch(p_logs smallint[]) returns integer
language sql
set search_path = telltale, pg_catalog, pg_temp
as $$
  insert into log_epochs (epoch, logs, head_logs, heads, recorded_at)
  select last.epoch + 1, coalesce(p_logs, last.logs), head.logs, head.positions, greatest(clock(), head.recorded_at)
  from (select epoch, logs from log_epochs order by epoch desc limit 1) last
  cross join lateral (
    select array_agg(log order by log) as logs, array_agg("position" order by log) as positions, max(recorded_at) as recorded_at
    from read_heads(last.logs, true)
  ) head
  returning epoch;
$$;
