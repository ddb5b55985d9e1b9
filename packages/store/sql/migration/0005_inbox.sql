-- The inbox: events of other transactions and of SQL, durable at their commit and moved to a log after it.
create sequence telltale.inbox_id;

create table telltale.inbox (
  -- From a sequence: calls that do not overlap in time get rising ids whatever the clock does, and a device's events
  -- are moved in this order. A rollback leaves a hole here, never in a log.
  inbox_id bigint primary key default nextval('telltale.inbox_id'),
  -- The device's uuid as text, or aggregate_type:aggregate_id: the name behind the shard key, which SQL cannot hash.
  shard text not null,
  event jsonb not null,
  enqueued_at timestamptz not null default clock_timestamp()
);

create index inbox_shard on telltale.inbox (shard);

-- What SQL could not check and the move refused: kept with its reason until it is replayed.
create table telltale.quarantine (
  inbox_id bigint primary key,
  shard text not null,
  event jsonb not null,
  enqueued_at timestamptz not null,
  quarantined_at timestamptz not null default clock_timestamp(),
  code text not null,
  reason text not null
);
