-- The logs and their insert-only ledger. No row here is ever updated on the append path: an updated head row fell from
-- 2,390 to 750 appends/s within a minute of somebody holding a snapshot, the ledger stayed flat (design §4).
create table telltale.logs (
  log smallint primary key,
  region text not null default 'local',
  kind text not null default 'live' check (kind in ('live', 'import')),
  description text not null default '',
  created_at timestamptz not null default now()
);

-- A restore raises the incarnation of every log: a cursor of an older one is good up to where the next began, and
-- beyond that it points into a future that was lost.
create table telltale.log_incarnations (
  log smallint not null references telltale.logs,
  incarnation integer not null,
  from_position bigint not null,
  started_at timestamptz not null default clock_timestamp(),
  primary key (log, incarnation)
);

-- Which logs take new events, and where every log stood when that was decided. A shard key goes to
-- logs[1 + (its last four bytes mod cardinality)]; readers finish the heads of an epoch before they pass it.
create table telltale.log_epochs (
  epoch integer primary key,
  logs smallint[] not null,
  head_logs smallint[] not null,
  heads bigint[] not null,
  recorded_at timestamptz not null
);

-- One row an append: where it began and ended. The newest row of a log is its head. The primary key refuses two
-- batches that begin at one position, whatever happened to the lock.
create table telltale.log_batches (
  log smallint not null references telltale.logs,
  first_position bigint not null,
  last_position bigint not null,
  recorded_at timestamptz not null,
  critical bigint not null,
  important bigint not null,
  standard bigint not null,
  debug bigint not null,
  primary key (log, first_position)
);

-- Up to which tier position, and up to which time, a log's tier has been dropped. Raised before the drop.
create table telltale.log_floors (
  log smallint not null references telltale.logs,
  tier smallint not null check (tier between 0 and 3),
  tier_position bigint not null,
  position bigint not null,
  recorded_at timestamptz not null,
  raised_at timestamptz not null default now(),
  primary key (log, tier, tier_position)
);

-- The newest version of each versioned stream; insert-only like the ledger, older rows are thinned, the newest never.
create table telltale.stream_versions (
  tenant text not null default '',
  aggregate_type varchar(50) not null,
  aggregate_id varchar(255) not null,
  version bigint not null,
  primary key (tenant, aggregate_type, aggregate_id, version)
);

-- Small facts of this installation that processes must agree on: the dedupe window and the clock's bound.
create table telltale.settings (
  name text primary key,
  value text not null
);

insert into telltale.settings (name, value)
values ('dedupe_window', '24 hours'), ('clock_bound', '1 hour');
insert into telltale.logs (log) values (0);
insert into telltale.log_incarnations (log, incarnation, from_position) values (0, 1, 0);
insert into telltale.log_epochs (epoch, logs, head_logs, heads, recorded_at)
values (1, '{0}', '{}', '{}', '-infinity');
