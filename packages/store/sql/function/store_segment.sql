-- Stores a segment and the counts of its positions in one transaction; see 0009_segment.sql for the parts.
-- Returns false, having stored nothing, when another process was first.
create or replace function telltale.store_segment(
  p_log smallint,
  p_first_position bigint,
  p_last_position bigint,
  p_recorded_from timestamptz,
  p_recorded_to timestamptz,
  p_time_from timestamptz,
  p_time_to timestamptz,
  p_keys integer[],
  p_ends integer[],
  p_postings bytea,
  p_lengths bytea
) returns boolean
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
begin
  -- A segment can be built again, so it need not wait for the disk.
  perform set_config('synchronous_commit', 'off', true);
  insert into segments (
    log, first_position, last_position, recorded_from, recorded_to, time_from, time_to, keys, ends, postings, lengths)
  values (
    p_log, p_first_position, p_last_position, p_recorded_from, p_recorded_to, p_time_from, p_time_to, p_keys, p_ends,
    p_postings, p_lengths)
  on conflict do nothing;
  if not found then
    return false;
  end if;
  perform count_segment(p_log, p_first_position, p_last_position);
  return true;
end;
$$;
