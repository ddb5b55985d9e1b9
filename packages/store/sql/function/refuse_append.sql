-- What makes the holder of the log locks step back before anything is written: another epoch, or inbox events of the
-- same shards, which committed earlier and so must come first. Rows on their way from the inbox (p_take_inbox) wait only
-- for older ones: two moves that each waited for the other's rows would wait for ever.
-- Returns null to go on, else {"epoch": n} or {"inbox": [ids, oldest first]}.
create or replace function telltale.refuse_append(
  p_epoch integer, p_shards text[], p_skip_inbox bigint[], p_take_inbox bigint[]
) returns jsonb
language plpgsql
set search_path = telltale, pg_catalog, pg_temp
-- The inbox is small whenever statistics are taken, so a plan made then would read it whole; under a held snapshot that
-- is every event since, dead but not removable.
set enable_seqscan = off
as $$
declare
  v_epoch integer;
  v_waiting jsonb;
  v_newest bigint := (select max(id) from unnest(p_take_inbox) id);
begin
  if p_epoch is not null then
    select max(epoch) into v_epoch from log_epochs;
    if v_epoch <> p_epoch then
      return jsonb_build_object('epoch', v_epoch);
    end if;
  end if;
  if p_shards is not null then
    select jsonb_agg(inbox_id order by inbox_id) into v_waiting
    from (
      select inbox_id
      from inbox
      where shard = any (p_shards) and inbox_id <> all (coalesce(p_skip_inbox, '{}'))
        and (v_newest is null or inbox_id < v_newest)
      order by inbox_id
      limit 1000
    ) waiting;
    if v_waiting is not null then
      return jsonb_build_object('inbox', v_waiting);
    end if;
  end if;
  return null;
end;
$$;
