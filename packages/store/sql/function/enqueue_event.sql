-- Puts one event into the inbox of the caller's transaction: it is there if that transaction commits, and is moved to a
-- log after it. The library's transactional publish calls this with an event it has already checked.
create or replace function telltale.enqueue_event(p_shard text, p_event jsonb) returns bigint
language sql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
  insert into inbox (shard, event) values (p_shard, p_event) returning inbox_id;
$$;
