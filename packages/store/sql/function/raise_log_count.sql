-- Raises the number of live logs: makes those that are missing and begins an epoch with them. Returns the new epoch; the
-- count never falls.
create or replace function telltale.raise_log_count(p_count integer) returns integer
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_logs smallint[];
begin
  perform lock_logs();
  select logs into v_logs from log_epochs order by epoch desc limit 1;
  if p_count is null or p_count <= cardinality(v_logs) or p_count > 256 then
    raise exception 'expected more than % logs and at most 256 (found: %)', cardinality(v_logs), p_count
      using errcode = 'TT011', hint = 'The number of logs is only ever raised.';
  end if;
  while cardinality(v_logs) < p_count loop
    v_logs := v_logs || add_log('live', '');
  end loop;
  return begin_epoch(v_logs);
end;
$$;
