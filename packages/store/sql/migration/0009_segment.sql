-- What is built behind the log, so that an append pays for none of it: an index of everything events are searched by,
-- and their counts. All of it is made of whole positions of one log, so the newest row says up to where it is complete; a
-- read adds what stands behind that in the same statement.

-- 1,024 successive positions of a log in one row: every key that an event of them has, and which events have it.
--   keys: 32-bit hashes, ascending; a key that collides is found out when the event is read.
--   postings: for the n-th key the bytes from ends[n - 1] to ends[n]: offsets from first_position as 16-bit numbers, or
--     a bitmap of 128 bytes where that is shorter.
--   prompt_from: the earliest timestamp but for late events, which have a key of their own: a segment whose prompt events are
--     all too new is looked into for its late ones alone. One event late by days would else make it count for all of them.
--   lengths: words of each event, for the rank of a text, at most 255.
--   A btree for 18 keys an event would cost more than the event; rows of 1,024 share most of their keys.
create table telltale.segments (
  log smallint not null references telltale.logs,
  first_position bigint not null,
  last_position bigint not null,
  recorded_from timestamptz not null,
  recorded_to timestamptz not null,
  time_from timestamptz not null,
  time_to timestamptz not null,
  prompt_from timestamptz not null,
  keys integer[] not null,
  ends integer[] not null,
  postings bytea not null,
  lengths bytea not null,
  primary key (log, first_position)
);

-- Kept out of line as they are: a search takes a few bytes out of the postings, which a compressed value would not allow.
alter table telltale.segments alter keys set storage external, alter ends set storage external, alter postings set storage external;

create index segments_time on telltale.segments (time_to, log, first_position);
-- A short list of pending entries: 2,000 keys at once cost 8 us an event one by one, 5 in bulk; a search reads the list in
-- half a millisecond.
create index segments_keys on telltale.segments using gin (keys) with (gin_pending_list_limit = 256);

-- How many events each segment's positions hold, by hour of their timestamp. recorded_day is what retention drops by.
create table telltale.event_counts (
  log smallint not null,
  first_position bigint not null,
  hour timestamptz not null,
  recorded_day date not null,
  tier smallint not null,
  type_id integer not null,
  severity smallint not null,
  tenant text not null,
  events bigint not null
);

create index event_counts_hour on telltale.event_counts (hour);

-- How many events each device had on a day, all of them and by tier: retention drops tiers. Counted over blocks of 8,192
-- positions, then merged to one row a device and day; a row for every tier made 0.43 rows an event, and a read of ten
-- devices in 160,000 rows twice as slow.
create table telltale.device_counts (
  shard_key uuid not null,
  day date not null,
  recorded_day date not null,
  events integer not null,
  errors integer not null,
  warnings integer not null,
  critical integer,
  critical_errors integer,
  critical_warnings integer,
  important integer,
  important_errors integer,
  important_warnings integer,
  standard integer,
  standard_errors integer,
  standard_warnings integer,
  debug integer,
  debug_errors integer,
  debug_warnings integer,
  log smallint not null,
  -- False for a row that came out of a block, until there are enough of them for its day.
  merged boolean not null,
  tenant text not null
);

create index device_counts_day on telltale.device_counts (day);
create index device_counts_unmerged on telltale.device_counts (log, day) where not merged;

-- Up to where device_counts is complete. A block may hold no event of a device, or none any more, and its rows are hidden
-- from a reader of another tenant: the counts alone cannot say it. The key refuses a second count.
create table telltale.device_blocks (
  log smallint not null references telltale.logs,
  first_position bigint not null,
  last_position bigint not null,
  primary key (log, first_position)
);

-- Segments name no tenant, so the reader role gets none of them; the counts do, and are guarded like the events.
do $$
declare
  v_table text;
begin
  foreach v_table in array array['event_counts', 'device_counts'] loop
    execute format('alter table telltale.%I enable row level security', v_table);
    execute format('create policy application on telltale.%I for select to telltale_application using (true)', v_table);
    execute format(
      'create policy reader on telltale.%I for select to telltale_reader using (tenant = coalesce(current_setting(''telltale.tenant'', true), ''''))',
      v_table);
  end loop;
end;
$$;
