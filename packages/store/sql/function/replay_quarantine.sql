-- Puts quarantined events back into the inbox, all or one, for a move that now may succeed. Returns how many.
create or replace function telltale.replay_quarantine(p_inbox_id bigint default null) returns integer
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  with taken as (
    delete from quarantine where inbox_id = p_inbox_id or p_inbox_id is null returning *
  )
  insert into inbox (inbox_id, shard, event, enqueued_at)
  select inbox_id, shard, event, enqueued_at from taken;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;
