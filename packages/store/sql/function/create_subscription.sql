-- Registers a durable reader, if it is new, beginning at a cursor. Returns nothing: an older one keeps its checkpoint.
create or replace function telltale.create_subscription(p_name text, p_cursor jsonb, p_owner uuid) returns void
language sql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
  with created as (
    insert into subscriptions (name) values (p_name) on conflict do nothing returning name
  )
  insert into subscription_checkpoints (name, generation, cursor, owner)
  select name, 0, p_cursor, p_owner from created;
$$;
