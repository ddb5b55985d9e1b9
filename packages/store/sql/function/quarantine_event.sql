-- Moves one inbox row that no log can take into the quarantine, with its reason. Returns false when it was gone.
create or replace function telltale.quarantine_event(p_inbox_id bigint, p_code text, p_reason text) returns boolean
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
begin
  with taken as (
    delete from inbox where inbox_id = p_inbox_id returning *
  )
  insert into quarantine (inbox_id, shard, event, enqueued_at, code, reason)
  select inbox_id, shard, event, enqueued_at, p_code, p_reason from taken;
  return found;
end;
$$;
