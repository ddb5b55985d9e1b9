-- The recorded events: one table a tier, each partitioned by recorded time alone (design §6: Citus refuses two levels).
-- Columns go by alignment, widest first; 25 narrow columns instead of one envelope keep an event near 450 bytes.
--   no key: positions are unique by the ledger's primary key; a key that held recorded_at and shard_key cost 52 bytes an
--     event where (log, position) costs 28.
--   data, context: json, not jsonb, and data is canonical (RFC 8785): 8.4 us an event to append against 14.4 (jsonb),
--     and the checksum can be recomputed from the very bytes.
--   on_device: true when shard_key is the device's uuid. aggregate_type, aggregate_id: null for a device; actor_id: null
--     where it repeats shard_key; source: null where it repeats metadata.source.service.
--   context_id: interned metadata (contexts); context: what is this event's own.
--   the device index carries type, severity and recorded_at: counts by type, health and correlation never touch the heap,
--     also where recorded_at prunes the partitions (0.45 s against 5.4 over 10 M events).
create table telltale.contexts (
  -- First eight bytes of SHA-256 of the canonical JSON: no sequence, the same in every region.
  context_id bigint primary key,
  context jsonb not null,
  created_at timestamptz not null default now()
);

create table telltale.events_critical (
  recorded_at timestamptz not null,
  "timestamp" timestamptz not null,
  position bigint not null,
  tier_position bigint not null,
  context_id bigint,
  stream_version bigint,
  type_id integer not null,
  log smallint not null,
  schema_version smallint not null,
  severity smallint not null,
  outcome smallint,
  impact smallint,
  actor_type smallint,
  on_device boolean not null,
  event_id uuid not null,
  shard_key uuid not null,
  correlation_id uuid,
  causation_id uuid,
  checksum bytea not null,
  tenant text,
  aggregate_type text,
  aggregate_id text,
  actor_id text,
  source text,
  traceparent text,
  data json not null,
  context json
) partition by range (recorded_at);

create index events_critical_feed on telltale.events_critical (log, position);
create index events_critical_device on telltale.events_critical (shard_key, "timestamp") include (type_id, severity, recorded_at);
create index events_critical_event_id on telltale.events_critical (event_id);
create index events_critical_aggregate on telltale.events_critical (aggregate_id, "timestamp")
  where aggregate_id is not null and stream_version is null;
create index events_critical_stream on telltale.events_critical (aggregate_id, stream_version) where stream_version is not null;

create table telltale.events_important (
  recorded_at timestamptz not null,
  "timestamp" timestamptz not null,
  position bigint not null,
  tier_position bigint not null,
  context_id bigint,
  stream_version bigint,
  type_id integer not null,
  log smallint not null,
  schema_version smallint not null,
  severity smallint not null,
  outcome smallint,
  impact smallint,
  actor_type smallint,
  on_device boolean not null,
  event_id uuid not null,
  shard_key uuid not null,
  correlation_id uuid,
  causation_id uuid,
  checksum bytea not null,
  tenant text,
  aggregate_type text,
  aggregate_id text,
  actor_id text,
  source text,
  traceparent text,
  data json not null,
  context json
) partition by range (recorded_at);

create index events_important_feed on telltale.events_important (log, position);
create index events_important_device on telltale.events_important (shard_key, "timestamp") include (type_id, severity, recorded_at);
create index events_important_event_id on telltale.events_important (event_id);
create index events_important_aggregate on telltale.events_important (aggregate_id, "timestamp")
  where aggregate_id is not null and stream_version is null;
create index events_important_stream on telltale.events_important (aggregate_id, stream_version) where stream_version is not null;

create table telltale.events_standard (
  recorded_at timestamptz not null,
  "timestamp" timestamptz not null,
  position bigint not null,
  tier_position bigint not null,
  context_id bigint,
  stream_version bigint,
  type_id integer not null,
  log smallint not null,
  schema_version smallint not null,
  severity smallint not null,
  outcome smallint,
  impact smallint,
  actor_type smallint,
  on_device boolean not null,
  event_id uuid not null,
  shard_key uuid not null,
  correlation_id uuid,
  causation_id uuid,
  checksum bytea not null,
  tenant text,
  aggregate_type text,
  aggregate_id text,
  actor_id text,
  source text,
  traceparent text,
  data json not null,
  context json
) partition by range (recorded_at);

create index events_standard_feed on telltale.events_standard (log, position);
create index events_standard_device on telltale.events_standard (shard_key, "timestamp") include (type_id, severity, recorded_at);
create index events_standard_event_id on telltale.events_standard (event_id);
create index events_standard_aggregate on telltale.events_standard (aggregate_id, "timestamp")
  where aggregate_id is not null and stream_version is null;
create index events_standard_stream on telltale.events_standard (aggregate_id, stream_version) where stream_version is not null;

create table telltale.events_debug (
  recorded_at timestamptz not null,
  "timestamp" timestamptz not null,
  position bigint not null,
  tier_position bigint not null,
  context_id bigint,
  stream_version bigint,
  type_id integer not null,
  log smallint not null,
  schema_version smallint not null,
  severity smallint not null,
  outcome smallint,
  impact smallint,
  actor_type smallint,
  on_device boolean not null,
  event_id uuid not null,
  shard_key uuid not null,
  correlation_id uuid,
  causation_id uuid,
  checksum bytea not null,
  tenant text,
  aggregate_type text,
  aggregate_id text,
  actor_id text,
  source text,
  traceparent text,
  data json not null,
  context json
) partition by range (recorded_at);

create index events_debug_feed on telltale.events_debug (log, position);
create index events_debug_device on telltale.events_debug (shard_key, "timestamp") include (type_id, severity, recorded_at);
create index events_debug_event_id on telltale.events_debug (event_id);
create index events_debug_aggregate on telltale.events_debug (aggregate_id, "timestamp")
  where aggregate_id is not null and stream_version is null;
create index events_debug_stream on telltale.events_debug (aggregate_id, stream_version) where stream_version is not null;

