-- The events behind the segments that may have a word of a text, as full-text search looks into them. :logs, :indexed and
-- :heads say from where to where in each log; :recorded_from, no later than any of them, prunes the partitions when the
-- statement starts. :patterns are what LIKE finds the words by in lower case; :beyond_ascii: one of them has no ASCII letter,
-- so whatever has others may have it; :type_ids have a word in their names; :outdated (type * 65536 + schema version) are
-- rewritten when they are read. Of :tenant, if it is given, all events, with data null where there is no such word: its rank
-- needs their number. Times are microseconds since 1970.
with recursive services as (
  (
    select c.context -> 'source' ->> 'service' as service
    from telltale.contexts c
    where c.context -> 'source' ->> 'service' is not null
    order by c.context -> 'source' ->> 'service'
    limit 1
  )
  union all
  select (
    select c.context -> 'source' ->> 'service'
    from telltale.contexts c
    where c.context -> 'source' ->> 'service' > s.service
    order by c.context -> 'source' ->> 'service'
    limit 1
  )
  from services s
  where s.service is not null
)
select
  e.log, e.position::text, telltale.epoch_microseconds(e.recorded_at) as recorded_at,
  telltale.epoch_microseconds(e."timestamp") as "timestamp", e.type_id, e.schema_version, e.aggregate_type,
  coalesce(e.aggregate_id, e.shard_key::text) as aggregate_id, case when e.on_device then e.shard_key end as device,
  coalesce(
    e.source, e.context -> 'source' ->> 'service',
    (select c.context -> 'source' ->> 'service' from telltale.contexts c where c.context_id = e.context_id)) as source,
  case when e.may_match then e.data::text end as data
from (
  select array(
    select s.service from services s
    where :beyond_ascii::boolean or lower(s.service collate "C") like any (:patterns::text[])) as services
  offset 0
) found
cross join unnest(:logs::smallint[], :indexed::bigint[], :heads::bigint[]) as l (log, indexed, head)
cross join lateral (
  select
    r.*,
    -- The cheapest and likeliest first. A text of one collation, since a regular expression costs four times as much.
    r.type_id = any (:type_ids::integer[])
    or lower(r.data::text collate "C") like any (:patterns)
    or lower(r.source collate "C") like any (:patterns)
    or r.aggregate_type is not null and lower(coalesce(r.aggregate_id, r.shard_key::text) collate "C") like any (:patterns)
    or r.context_id is null and lower(r.context::text collate "C") like any (:patterns)
    or found.services <> '{}' and exists (
      select from telltale.contexts c
      where c.context_id = r.context_id and c.context -> 'source' ->> 'service' = any (found.services))
    or :beyond_ascii and octet_length(r::text) <> length(r::text)
    or (r.type_id::bigint << 16) + r.schema_version = any (:outdated::bigint[]) as may_match
  from telltale.recorded_events r
  where r.log = l.log and r.position > l.indexed and r.position <= l.head
    and r.recorded_at >= :recorded_from::timestamptz
    and (:tenant::text is null or r.tenant = :tenant)
  -- A fence, as in read_positions.sql.
  offset 0
) e
where e.may_match or :tenant is not null;
