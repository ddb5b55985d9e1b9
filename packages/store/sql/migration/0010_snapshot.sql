-- States of devices, folded up to a time and kept, so that a later read folds only what comes behind it (design §8).
-- A row holds the fold of every event with "timestamp" <= its own that was recorded when it was built. Insert-only; a row
-- that a late event made wrong is deleted, and so is one that a newer base replaces.
--   tenant: null for the fold of all events, else of those of this tenant alone.
--   fingerprint: hash of the fold's declarations; another version of them takes no ladder of this one.
--   heads: log -> [position, recorded_at in microseconds since 2000] when it was built; what lies behind is not in it.
--   base: kept before retention dropped events that are in it. It is never wrong: what comes later for a time before it
--     is recorded and listed as ignored, but not folded.
--   base_time: the base that it was folded on; -infinity for none.
--   state: json and not jsonb, since only JavaScript reads it.
create table telltale.device_snapshots (
  shard_key uuid not null,
  tenant text,
  base boolean not null,
  fingerprint text not null,
  "timestamp" timestamptz not null,
  base_time timestamptz not null,
  event_count bigint not null,
  heads jsonb not null,
  ignored uuid[] not null default '{}',
  state json not null,
  built_at timestamptz not null default clock_timestamp(),
  unique nulls not distinct (shard_key, tenant, base, "timestamp", base_time, fingerprint)
);
