-- Stores metadata that many events share, once. The ids are hashes, so storing again is a no-op in every region.
create or replace function telltale.intern_contexts(p_context_id bigint[], p_context jsonb[]) returns void
language sql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
  insert into contexts (context_id, context)
  select * from unnest(p_context_id, p_context)
  on conflict do nothing;
$$;
