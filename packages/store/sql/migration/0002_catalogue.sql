-- The catalogue: what may be published, and how each type is kept.
create table telltale.aggregate_types (
  aggregate_type varchar(50) primary key,
  versioned boolean not null default false,
  description text not null
);

create table telltale.event_types (
  event_type varchar(100) primary key,
  -- First four bytes of SHA-256(event_type), sign bit cleared: the same number in every region, without a sequence.
  type_id integer not null unique,
  schema_version smallint not null,
  aggregate_type varchar(50) not null references telltale.aggregate_types,
  description text not null,
  category text not null,
  severity text not null,
  retention_tier varchar(20) not null default 'standard'
    -- As text: a list of varchar prints otherwise after a dump was restored, which the drift check would report.
    check (retention_tier::text in ('critical', 'important', 'standard', 'debug')),
  retention_days integer check (retention_days > 0),
  schema jsonb not null,
  personal jsonb not null default '[]',
  repetitive_interval integer,
  sampled boolean not null default false,
  summary text not null,
  icon text not null,
  state_changes jsonb not null default '[]',
  -- False for the types this version declares, true for those that users registered at run time.
  registered boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table telltale.event_type_versions (
  event_type varchar(100) not null references telltale.event_types,
  schema_version smallint not null check (schema_version > 0),
  schema jsonb not null,
  created_at timestamptz not null default now(),
  primary key (event_type, schema_version)
);
