-- How much waits in the inbox and in the quarantine.
select
  (select count(*) from telltale.inbox)::text as waiting,
  (select (extract(epoch from telltale.clock() - min(enqueued_at)) * 1000)::bigint from telltale.inbox)::text as oldest_ms,
  (select count(*) from telltale.quarantine)::text as quarantined;
