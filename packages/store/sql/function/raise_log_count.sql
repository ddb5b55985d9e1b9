-- Raises the number of live logs: takes every lock, so that no batch is on its way, makes the logs that are missing and
-- stores the epoch. Every log goes on from one common time, so that merging by recorded_at keeps a device's order over
-- the change. Returns the new epoch; the count never falls.
create or replace function telltale.raise_log_count(p_count integer) returns integer
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_log smallint;
  v_last log_epochs;
  v_logs smallint[];
  v_epoch integer;
begin
  -- One raise at a time; the key is beside those of the logs.
  perform pg_advisory_xact_lock(1413829718);
  for v_log in select log from logs where kind = 'live' order by log loop
    perform pg_advisory_xact_lock(1413829716, v_log);
  end loop;
  select * into v_last from log_epochs order by epoch desc limit 1;
  if p_count is null or p_count <= cardinality(v_last.logs) or p_count > 256 then
    raise exception 'expected more than % logs and at most 256 (found: %)', cardinality(v_last.logs), p_count
      using errcode = 'TT011', hint = 'The number of logs is only ever raised.';
  end if;
  v_logs := v_last.logs;
  while cardinality(v_logs) < p_count loop
    v_log := add_log('live', '');
    v_logs := v_logs || v_log;
  end loop;
  v_epoch := v_last.epoch + 1;
  insert into log_epochs (epoch, logs, head_logs, heads, recorded_at)
  select v_epoch, v_logs, array_agg(head.log order by head.log), array_agg(head.position order by head.log),
    greatest(clock(), max(head.recorded_at))
  from read_heads(v_last.logs) head;
  return v_epoch;
end;
$$;
