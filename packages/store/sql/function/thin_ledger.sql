-- Thins what only the newest row of counts: ledger rows older than an hour but for the last of each hour, and stream
-- versions below the newest. A row goes when the next one is of the same hour: one look into the key each, where ranking
-- all of them was a sort of the whole ledger for every call.
-- Returns how many rows went; as many as p_limit, and there may be more.
create or replace function telltale.thin_ledger(p_limit integer default 10000) returns integer
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_before timestamptz := clock() - interval '1 hour';
  v_batches integer;
  v_versions integer;
begin
  delete from log_batches b
  using (
    select older.log, older.first_position
    from log_batches older
    cross join lateral (
      select newer.recorded_at
      from log_batches newer
      where newer.log = older.log and newer.first_position > older.first_position
      order by newer.first_position
      limit 1
    ) next
    where older.recorded_at < v_before
      and date_trunc('hour', next.recorded_at) = date_trunc('hour', older.recorded_at)
    limit p_limit
  ) old
  where b.log = old.log and b.first_position = old.first_position;
  get diagnostics v_batches = row_count;
  delete from stream_versions v
  using (
    select tenant, aggregate_type, aggregate_id, version
    from stream_versions s
    where exists (
      select from stream_versions newer
      where newer.tenant = s.tenant and newer.aggregate_type = s.aggregate_type and newer.aggregate_id = s.aggregate_id
        and newer.version > s.version)
    limit p_limit
  ) old
  where v.tenant = old.tenant and v.aggregate_type = old.aggregate_type and v.aggregate_id = old.aggregate_id
    and v.version = old.version;
  get diagnostics v_versions = row_count;
  return v_batches + v_versions;
end;
$$;
