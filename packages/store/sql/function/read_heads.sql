-- The heads of some logs, in the order given: the newest row of the ledger, else where the log began. With p_live an
-- import log is refused, and the time starts no earlier than the epoch did.
create or replace function telltale.read_heads(p_logs smallint[], p_live boolean default null)
returns table (
  log smallint, "position" bigint, recorded_at timestamptz, clock timestamptz,
  critical bigint, important bigint, standard bigint, debug bigint
)
language plpgsql
set search_path = telltale, pg_catalog, pg_temp
as $$
begin
  if p_live is not null and exists (
    select from logs l where l.log = any (p_logs) and (l.kind = 'live') <> p_live
  ) then
    raise exception 'expected % (found: log of the other kind)',
      case when p_live then 'a live log' else 'an import log' end using errcode = 'TT034';
  end if;
  return query
    select
      wanted.log,
      coalesce(head.last_position, 0),
      greatest(head.recorded_at, nullif(epoch.recorded_at, '-infinity')),
      clock(),
      coalesce(head.critical, 0), coalesce(head.important, 0), coalesce(head.standard, 0), coalesce(head.debug, 0)
    from unnest(p_logs) with ordinality as wanted (log, place)
    left join lateral (
      select b.last_position, b.recorded_at, b.critical, b.important, b.standard, b.debug
      from log_batches b
      where b.log = wanted.log
      order by b.first_position desc
      limit 1
    ) head on true
    left join lateral (
      select e.recorded_at from log_epochs e where p_live order by e.epoch desc limit 1
    ) epoch on true
    order by wanted.place;
end;
$$;
