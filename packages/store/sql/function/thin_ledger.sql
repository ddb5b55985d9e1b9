-- Thins what only the newest row of counts: ledger rows older than an hour but for the last of each hour, and stream
-- versions below the newest. Returns how many rows went.
create or replace function telltale.thin_ledger(p_limit integer default 10000) returns integer
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_batches integer;
  v_versions integer;
begin
  delete from log_batches b
  using (
    select log, first_position
    from (
      select log, first_position, recorded_at,
        row_number() over (partition by log, date_trunc('hour', recorded_at) order by first_position desc) as place
      from log_batches
      where recorded_at < clock() - interval '1 hour'
    ) ranked
    where place > 1
    limit p_limit
  ) old
  where b.log = old.log and b.first_position = old.first_position
    and exists (select from log_batches newer where newer.log = b.log and newer.first_position > b.first_position);
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
