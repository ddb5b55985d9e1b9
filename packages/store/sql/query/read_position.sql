-- Where every log stands, in one snapshot: head, incarnations, floors, and the heads at which each epoch began.
select
  (
    select jsonb_agg(jsonb_build_object(
      'log', head.log, 'kind', l.kind, 'position', head.position,
      'recorded_at', telltale.microseconds(head.recorded_at),
      'tiers', jsonb_build_array(head.critical, head.important, head.standard, head.debug),
      'incarnations', (
        select jsonb_agg(jsonb_build_object('incarnation', i.incarnation, 'from_position', i.from_position) order by i.incarnation)
        from telltale.log_incarnations i where i.log = head.log),
      'floors', coalesce((
        select jsonb_agg(jsonb_build_object(
          'tier', f.tier, 'tier_position', f.tier_position, 'position', f.position,
          'recorded_at', telltale.microseconds(f.recorded_at)) order by f.tier)
        from (
          select distinct on (tier) * from telltale.log_floors where log = head.log order by tier, tier_position desc
        ) f), '[]')
    ) order by head.log)
    from telltale.read_heads(array(select log from telltale.logs order by log)) head
    join telltale.logs l on l.log = head.log
  ) as logs,
  (
    select jsonb_agg(jsonb_build_object('epoch', epoch, 'logs', to_jsonb(logs), 'head_logs', to_jsonb(head_logs), 'heads', to_jsonb(heads)) order by epoch)
    from telltale.log_epochs
  ) as epochs,
  telltale.microseconds(telltale.clock())::text as clock;
