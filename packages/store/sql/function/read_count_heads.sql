-- What an exact answer from the counts needs to know, in the snapshot of the statement that asks: up to where each log is
-- counted, and what retention took away. The reader role may not read segments; this tells it nothing but positions.
-- p_since: events with an older timestamp are not asked for. A log that recorded nothing since is left out.
-- Returns, log by log: its head in event_counts (segment_heads) and device_counts (block_heads), and the earliest time at
-- which an event behind that head was recorded; and floors at [log * 4 + tier + 1]: a count is gone if its recorded_day
-- is not after floor_days, an event if its tier_position is not after floor_positions.
create or replace function telltale.read_count_heads(
  p_since timestamptz,
  out logs smallint[],
  out segment_heads bigint[],
  out segment_since timestamptz[],
  out block_heads bigint[],
  out block_since timestamptz[],
  out floor_days date[],
  out floor_positions bigint[]
)
language plpgsql stable security definer
set search_path = telltale, pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
begin
  select counted.logs, counted.segment_heads, counted.segment_since, counted.block_heads, counted.block_since,
    dropped.days, dropped.positions
  into logs, segment_heads, segment_since, block_heads, block_since, floor_days, floor_positions
  from (
    select
      coalesce(array_agg(l.log order by l.log), '{}') as logs,
      coalesce(array_agg(segment.head order by l.log), '{}') as segment_heads,
      array_agg(greatest(segment.since, p_since - interval '24 hours') order by l.log) as segment_since,
      coalesce(array_agg(block.head order by l.log), '{}') as block_heads,
      array_agg(greatest(block.since, p_since - interval '24 hours') order by l.log) as block_since
    from logs l
    cross join lateral (
      select b.recorded_at from log_batches b where b.log = l.log order by b.first_position desc limit 1
    ) newest
    cross join lateral (
      select coalesce(max(s.head), 0) as head, (
        select b.recorded_at from log_batches b
        where b.log = l.log and b.first_position <= max(s.head) and b.last_position <= max(s.head)
        order by b.first_position desc limit 1
      ) as since
      from (
        select last_position as head from segments where log = l.log order by first_position desc limit 1
      ) s
    ) segment
    cross join lateral (
      select coalesce(max(d.head), 0) as head, (
        select b.recorded_at from log_batches b
        where b.log = l.log and b.first_position <= max(d.head) and b.last_position <= max(d.head)
        order by b.first_position desc limit 1
      ) as since
      from (
        select last_position as head from device_blocks where log = l.log order by first_position desc limit 1
      ) d
    ) block
    where newest.recorded_at >= p_since - interval '24 hours'
  ) counted
  cross join (
    select
      array_agg(coalesce((floor.recorded_at at time zone 'UTC')::date, '-infinity') order by log_number, tier_number) as days,
      array_agg(coalesce(floor.tier_position, 0) order by log_number, tier_number) as positions
    from generate_series(0, (select max(log) from logs)) log_number
    -- Named unlike any column: an unqualified tier would be the floor's own, and one tier's floor hide all four.
    cross join generate_series(0, 3) tier_number
    left join lateral (
      select f.recorded_at, f.tier_position from log_floors f
      where f.log = log_number and f.tier = tier_number
      order by f.tier_position desc limit 1
    ) floor on true
  ) dropped;
end;
$$;
