-- Merges the rows of a log's days in device_counts to one a device, for every day with p_rows unmerged rows or more: fewer
-- cost a read less than rewriting the day costs. Late events so add rows to an old day, and only now and then rewrite it.
-- Called under the log's lock of count_devices; in one statement, so that no reader sees a row twice or not at all.
create or replace function telltale.merge_device_counts(p_log smallint, p_rows integer default 8192) returns void
language plpgsql
set search_path = telltale, pg_catalog, pg_temp
set enable_seqscan = off
set jit = off
as $$
declare
  v_day date;
begin
  for v_day in
    select day from device_counts where log = p_log and not merged group by day having count(*) >= p_rows
  loop
    with taken as (
      delete from device_counts where day = v_day and log = p_log and merged returning *
    ), added as (
      delete from device_counts where day = v_day and log = p_log and not merged returning *
    )
    insert into device_counts (
      log, merged, day, recorded_day, shard_key, tenant, events, errors, warnings,
      critical, critical_errors, critical_warnings, important, important_errors, important_warnings,
      standard, standard_errors, standard_warnings, debug, debug_errors, debug_warnings)
    select p_log, true, v_day, recorded_day, shard_key, tenant, sum(events), sum(errors), sum(warnings),
      sum(critical), sum(critical_errors), sum(critical_warnings),
      sum(important), sum(important_errors), sum(important_warnings),
      sum(standard), sum(standard_errors), sum(standard_warnings),
      sum(debug), sum(debug_errors), sum(debug_warnings)
    from (select * from taken union all select * from added) every
    group by recorded_day, shard_key, tenant;
  end loop;
end;
$$;
