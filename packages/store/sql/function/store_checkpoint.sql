-- Stores a subscription's next checkpoint if it still stands where the caller read it (compare-and-set), and thins the
-- older ones. Returns true, or false when another process was faster. The key alone would not tell one that slept while
-- its own generation was thinned.
create or replace function telltale.store_checkpoint(p_name text, p_generation bigint, p_cursor jsonb, p_owner uuid) returns boolean
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
begin
  insert into subscription_checkpoints (name, generation, cursor, owner)
  select p_name, p_generation, p_cursor, p_owner
  where p_generation = 1 + (select max(generation) from subscription_checkpoints where name = p_name);
  if not found then
    return false;
  end if;
  -- One goes for one that comes. The lower bound keeps it from looking at all that went before, which is dead but which a
  -- held snapshot keeps: 29 pages a checkpoint after 1,000 of them, against 14.
  delete from subscription_checkpoints
  where name = p_name and generation < p_generation - 3 and generation > p_generation - 10;
  return true;
exception
  when unique_violation then return false;
end;
$$;
