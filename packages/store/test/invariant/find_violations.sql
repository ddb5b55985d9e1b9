-- What must hold of every log in any snapshot, whoever is writing: a row for each thing that does not hold.
-- Result: violation (what), place (where), found (what was there instead).
with recorded as materialized (
  select e.log, e.tier, e.position, e.tier_position, e.recorded_at, e.event_id, e.shard_key, e.tenant,
    e.aggregate_type, e.aggregate_id, e.stream_version
  from telltale.recorded_events e
  left join telltale.log_heads h on h.log = e.log and h.tier = e.tier
  where e.tier_position > h.floor
),
tiers as (
  select h.log, h.tier, h.head, h.floor, h.live, count(r.position) as rows,
    count(distinct r.tier_position) as numbers, min(r.tier_position) as first, max(r.tier_position) as last
  from telltale.log_heads h
  left join recorded r on r.log = h.log and r.tier = h.tier
  group by h.log, h.tier, h.head, h.floor, h.live
),
logs as (
  select h.log, h.log_position as head, h.recorded_at as head_recorded_at, h.heads, h.live, count(r.position) as rows,
    count(distinct r.position) as numbers, min(r.position) as first, max(r.position) as last, max(r.recorded_at) as recorded_at
  from (
    select log, log_position, recorded_at, sum(head) as heads, sum(live) as live
    from telltale.log_heads group by log, log_position, recorded_at
  ) h
  left join recorded r on r.log = h.log
  group by h.log, h.log_position, h.recorded_at, h.heads, h.live
),
batches as (
  select log, first_position, last_position, critical + important + standard + debug as total,
    lag(last_position) over (partition by log order by first_position) as before
  from telltale.log_batches
),
neighbours as (
  select log, position, recorded_at, lag(recorded_at) over (partition by log order by position) as before from recorded
),
streams as (
  select aggregate_type, aggregate_id, tenant, count(*) as rows, count(distinct stream_version) as numbers,
    max(stream_version) as last,
    (select max(v.version) from telltale.stream_versions v
     where v.aggregate_type = r.aggregate_type and v.aggregate_id = r.aggregate_id and v.tenant = coalesce(r.tenant, '')) as version
  from recorded r
  where stream_version is not null
  group by aggregate_type, aggregate_id, tenant
)
select 'tier positions are floor + 1 .. head, each once' as violation, format('log %s tier %s', log, tier) as place,
  format('floor %s, head %s, live %s, rows %s, numbers %s, first %s, last %s', floor, head, live, rows, numbers, first, last) as found
from tiers
where live <> head - floor or rows <> live or numbers <> live or (live > 0 and (first <> floor + 1 or last <> head))
union all
select 'positions are 1 .. head, each once or dropped', format('log %s', log),
  format('head %s, tier heads %s, live %s, rows %s, numbers %s, first %s, last %s', head, heads, live, rows, numbers, first, last)
from logs
where heads <> head or rows <> live or numbers <> rows or first < 1 or last > head
union all
select 'the ledger says when the head was recorded', format('log %s', log), format('%s, event %s', head_recorded_at, recorded_at)
from logs
where last = head and head_recorded_at <> recorded_at
union all
select 'the ledger goes on where it ended', format('log %s position %s', log, first_position), format('ended at %s', before)
from batches
where first_position <> before + 1
union all
select 'the tier heads sum up to the head', format('log %s position %s', log, last_position), total::text
from batches
where total <> last_position
union all
select 'recorded_at rises with every position', format('log %s position %s', log, position), format('%s after %s', recorded_at, before)
from neighbours
where recorded_at <= before
union all
select 'an identity is recorded once', format('event %s of %s', event_id, shard_key), count(*)::text
from recorded
group by tenant, shard_key, event_id
having count(*) > 1
union all
select 'stream versions are 1 .. n, each once', format('%s %s', aggregate_type, aggregate_id),
  format('rows %s, numbers %s, last %s, stream row %s', rows, numbers, last, version)
from streams
where numbers <> rows or last <> rows or version is distinct from last;
