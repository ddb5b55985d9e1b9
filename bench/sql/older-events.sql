-- The older system's event table: a partition a day by the time of the event, with its two keys.
create table events (
  id bigserial,
  event_id uuid default gen_random_uuid(),
  event_type varchar(100),
  event_version int default 1,
  timestamp timestamp without time zone default now(),
  aggregate_type varchar(50),
  aggregate_id varchar(255),
  data jsonb not null,
  metadata jsonb,
  correlation_id uuid,
  causation_id uuid,
  source varchar(100),
  checksum varchar(64) not null,
  primary key (id, timestamp),
  unique (event_id, timestamp)
) partition by range (timestamp);
