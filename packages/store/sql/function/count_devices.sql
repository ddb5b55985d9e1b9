-- Counts the events of each device and day in the next blocks of 8,192 positions of every log: block k holds positions
-- k * 8,192 + 1 to (k + 1) * 8,192, and is counted once all of them are recorded. Blocks of a log are counted in order,
-- by one caller at a time; another goes on with the next log. Every eighth block the rows are merged, see
-- merge_device_counts. p_limit: how many blocks at most.
-- The tail that a read adds is below 8,192 events, 10 ms here at most; with blocks of 32,768 it was 40 ms.
-- Returns how many it counted: p_limit, and there may be more.
create or replace function telltale.count_devices(p_limit integer default 16) returns integer
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_size constant bigint := 8192;
  v_log smallint;
  v_head bigint;
  v_first bigint;
  v_built integer := 0;
begin
  -- What is lost by a crash is counted again, so it need not wait for the disk.
  perform set_config('synchronous_commit', 'off', true);
  for v_log in select log from logs order by log loop
    select last_position into v_head from log_batches where log = v_log order by first_position desc limit 1;
    select coalesce(max(last_position), 0) + 1 into v_first from device_blocks where log = v_log;
    continue when coalesce(v_head, 0) < v_first + v_size - 1;
    continue when not pg_try_advisory_xact_lock(1413829720, v_log);
    -- Whoever had the lock may have counted meanwhile.
    select coalesce(max(last_position), 0) + 1 into v_first from device_blocks where log = v_log;
    while v_built < p_limit and v_head >= v_first + v_size - 1 loop
      insert into device_blocks (log, first_position, last_position) values (v_log, v_first, v_first + v_size - 1);
      perform count_device_block(v_log, v_first, v_first + v_size - 1);
      v_first := v_first + v_size;
      v_built := v_built + 1;
      if v_first % (8 * v_size) = 1 then
        perform merge_device_counts(v_log);
      end if;
    end loop;
    exit when v_built >= p_limit;
  end loop;
  return v_built;
end;
$$;
