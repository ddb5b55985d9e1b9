-- Appends one batch: takes the lock of every log it touches, looks at what must be looked at under the lock, writes the
-- rows into the tier tables and the new heads into the ledger. The arguments were parsed before the lock is taken, and
-- the statement commits by itself, so the lock is held for the insert alone.
--
-- Ranks are counted by the caller (1, 2, ... within log, tier of a log, and stream): three window functions here cost
-- 2 us an event under the lock. Arrays that are null throughout are passed as null.
--
-- p_epoch          epoch that the caller spread the batch by
-- p_logs           the logs of the batch, ascending; p_log_index points into it (null: all in the first)
-- p_shards         names of the batch's shards (see inbox.shard)
-- p_skip_inbox     inbox rows that the caller cannot move, or is moving now
-- p_take_inbox     inbox rows that this batch is made of; they are removed with the append
-- p_stream_*       the versioned streams of the batch; p_stream_index points into them
-- p_check          true where the event_id may have been recorded before
-- p_recorded_at    only for an import log: the supplied times, strictly rising
--
-- Returns {"stored": [{log, position, recorded_at, tiers: [4], lag}], "versions": [...]} with the heads *before* the
-- batch, or, having stored nothing, one of {"epoch"}, {"inbox"}, {"clock"}, {"duplicates"}, {"conflict"}.
-- Raises TT032 when another process moved one of p_take_inbox, TT034 for a log of the wrong kind or a time that falls.
create or replace function telltale.append_events(
  p_epoch integer,
  p_logs smallint[],
  p_shards text[],
  p_skip_inbox bigint[],
  p_take_inbox bigint[],
  p_clock_bound interval,
  p_dedupe_window interval,
  p_stream_tenant text[],
  p_stream_type text[],
  p_stream_id text[],
  p_stream_expected bigint[],
  p_stream_count bigint[],
  p_check boolean[],
  p_log_index smallint[],
  p_rank integer[],
  p_tier smallint[],
  p_tier_rank integer[],
  p_stream_index smallint[],
  p_stream_rank integer[],
  p_recorded_at timestamptz[],
  p_timestamp timestamptz[],
  p_context_id bigint[],
  p_type_id integer[],
  p_schema_version smallint[],
  p_severity smallint[],
  p_outcome smallint[],
  p_impact smallint[],
  p_actor_type smallint[],
  p_on_device boolean[],
  p_event_id uuid[],
  p_shard_key uuid[],
  p_correlation_id uuid[],
  p_causation_id uuid[],
  p_content_hash bytea[],
  p_tenant text[],
  p_aggregate_type text[],
  p_aggregate_id text[],
  p_actor_id text[],
  p_source text[],
  p_traceparent text[],
  p_data json[],
  p_context json[]
) returns jsonb
language plpgsql security definer
set search_path = telltale, pg_catalog, pg_temp
as $$
declare
  v_log smallint;
  v_refusal jsonb;
  v_head record;
  v_position bigint[];
  v_tier bigint[];
  v_base timestamptz[];
  v_version bigint[];
  v_stored jsonb;
begin
  -- A session that acknowledges before the disk has it would break invariant 1; the setting must hold at commit.
  perform set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off';

  foreach v_log in array p_logs loop
    perform pg_advisory_xact_lock(1413829716, v_log);
  end loop;

  v_refusal := refuse_append(p_epoch, p_shards, p_skip_inbox, p_take_inbox);
  if v_refusal is not null then
    return v_refusal;
  end if;

  for v_head in
    select * from read_heads(p_logs, p_recorded_at is null) with ordinality order by ordinality
  loop
    if p_recorded_at is null and v_head.recorded_at < v_head.clock - p_clock_bound then
      return jsonb_build_object('clock', jsonb_build_object(
        'log', v_head.log, 'recorded_at', microseconds(v_head.recorded_at), 'now', microseconds(v_head.clock)));
    end if;
    if p_recorded_at[1] <= v_head.recorded_at then
      raise exception 'expected recorded_at to rise (log % is at %, found: %)',
        v_head.log, v_head.recorded_at, p_recorded_at[1] using errcode = 'TT034';
    end if;
    v_position := v_position || v_head.position;
    v_tier := v_tier || array[v_head.critical, v_head.important, v_head.standard, v_head.debug];
    v_base := v_base || greatest(v_head.clock, v_head.recorded_at + interval '1 microsecond');
  end loop;

  if p_check is not null then
    v_refusal := find_duplicates(p_check, p_event_id, p_shard_key, p_tenant, v_base[1] - p_dedupe_window);
    if v_refusal is not null then
      return v_refusal;
    end if;
  end if;

  if p_stream_id is not null then
    v_version := read_versions(p_stream_tenant, p_stream_type, p_stream_id);
    v_refusal := refuse_versions(p_stream_expected, v_version);
    if v_refusal is not null then
      return v_refusal;
    end if;
  end if;

  -- Nothing was written up to here: a refusal commits nothing. From here on only an exception can stop the batch.
  if p_take_inbox is not null then
    perform take_inbox(p_take_inbox);
  end if;
  if p_stream_id is not null then
    insert into stream_versions (tenant, aggregate_type, aggregate_id, version)
    select coalesce(s.tenant, ''), s.type, s.id, s.version + s.count
    from unnest(p_stream_tenant, p_stream_type, p_stream_id, v_version, p_stream_count)
      as s (tenant, type, id, version, count);
  end if;

  with placed as materialized (
    select
      coalesce(i.recorded_at, v_base[i.log_index] + (i.rank - 1) * interval '1 microsecond') as recorded_at,
      i."timestamp",
      v_position[i.log_index] + i.rank as position,
      v_tier[(i.log_index - 1) * 4 + i.tier + 1] + i.tier_rank as tier_position,
      i.context_id,
      v_version[i.stream_index] + i.stream_rank as stream_version,
      i.type_id, p_logs[i.log_index] as log, i.schema_version, i.severity, i.outcome, i.impact, i.actor_type, i.on_device,
      i.event_id, i.shard_key, i.correlation_id, i.causation_id, i.content_hash, i.tenant, i.aggregate_type,
      i.aggregate_id, i.actor_id, i.source, i.traceparent, i.data, i.context, i.tier, i.log_index, i.tier_rank, i.rank
    from unnest(
      p_log_index, p_rank, p_tier, p_tier_rank, p_stream_index, p_stream_rank, p_recorded_at, p_timestamp,
      p_context_id, p_type_id, p_schema_version, p_severity, p_outcome, p_impact, p_actor_type, p_on_device,
      p_event_id, p_shard_key, p_correlation_id, p_causation_id, p_content_hash, p_tenant, p_aggregate_type,
      p_aggregate_id, p_actor_id, p_source, p_traceparent, p_data, p_context
    ) as i (
      log_index, rank, tier, tier_rank, stream_index, stream_rank, recorded_at, "timestamp",
      context_id, type_id, schema_version, severity, outcome, impact, actor_type, on_device,
      event_id, shard_key, correlation_id, causation_id, content_hash, tenant, aggregate_type,
      aggregate_id, actor_id, source, traceparent, data, context)
  ),
  critical as (
    insert into telltale.events_critical (
      recorded_at, "timestamp", position, tier_position, context_id, stream_version, type_id, log, schema_version,
      severity, outcome, impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id, checksum,
      tenant, aggregate_type, aggregate_id, actor_id, source, traceparent, data, context)
    select
      recorded_at, "timestamp", position, tier_position, context_id, stream_version, type_id, log, schema_version,
      severity, outcome, impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id,
      sha256(content_hash || int2send(log) || int8send(position) || int8send(tier_position)
        || timestamptz_send(recorded_at) || int8send(coalesce(stream_version, 0))),
      tenant, aggregate_type, aggregate_id, actor_id, source, traceparent, data, context
    from placed
    where tier = 0
  ),
  important as (
    insert into telltale.events_important (
      recorded_at, "timestamp", position, tier_position, context_id, stream_version, type_id, log, schema_version,
      severity, outcome, impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id, checksum,
      tenant, aggregate_type, aggregate_id, actor_id, source, traceparent, data, context)
    select
      recorded_at, "timestamp", position, tier_position, context_id, stream_version, type_id, log, schema_version,
      severity, outcome, impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id,
      sha256(content_hash || int2send(log) || int8send(position) || int8send(tier_position)
        || timestamptz_send(recorded_at) || int8send(coalesce(stream_version, 0))),
      tenant, aggregate_type, aggregate_id, actor_id, source, traceparent, data, context
    from placed
    where tier = 1
  ),
  standard as (
    insert into telltale.events_standard (
      recorded_at, "timestamp", position, tier_position, context_id, stream_version, type_id, log, schema_version,
      severity, outcome, impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id, checksum,
      tenant, aggregate_type, aggregate_id, actor_id, source, traceparent, data, context)
    select
      recorded_at, "timestamp", position, tier_position, context_id, stream_version, type_id, log, schema_version,
      severity, outcome, impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id,
      sha256(content_hash || int2send(log) || int8send(position) || int8send(tier_position)
        || timestamptz_send(recorded_at) || int8send(coalesce(stream_version, 0))),
      tenant, aggregate_type, aggregate_id, actor_id, source, traceparent, data, context
    from placed
    where tier = 2
  ),
  debug as (
    insert into telltale.events_debug (
      recorded_at, "timestamp", position, tier_position, context_id, stream_version, type_id, log, schema_version,
      severity, outcome, impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id, checksum,
      tenant, aggregate_type, aggregate_id, actor_id, source, traceparent, data, context)
    select
      recorded_at, "timestamp", position, tier_position, context_id, stream_version, type_id, log, schema_version,
      severity, outcome, impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id,
      sha256(content_hash || int2send(log) || int8send(position) || int8send(tier_position)
        || timestamptz_send(recorded_at) || int8send(coalesce(stream_version, 0))),
      tenant, aggregate_type, aggregate_id, actor_id, source, traceparent, data, context
    from placed
    where tier = 3
  ),
  ledger as (
    insert into telltale.log_batches
      (log, first_position, last_position, recorded_at, critical, important, standard, debug)
    select
      p_logs[log_index],
      v_position[log_index] + 1,
      v_position[log_index] + max(rank),
      max(recorded_at),
      v_tier[(log_index - 1) * 4 + 1] + count(*) filter (where tier = 0),
      v_tier[(log_index - 1) * 4 + 2] + count(*) filter (where tier = 1),
      v_tier[(log_index - 1) * 4 + 3] + count(*) filter (where tier = 2),
      v_tier[(log_index - 1) * 4 + 4] + count(*) filter (where tier = 3)
    from placed
    group by log_index
  )
  select jsonb_agg(jsonb_build_object(
    'log', p_logs[k],
    'position', v_position[k],
    'recorded_at', microseconds(v_base[k]),
    'tiers', to_jsonb(v_tier[(k - 1) * 4 + 1 : k * 4]),
    'lag', greatest(0, microseconds(v_base[k]) - microseconds(clock()))) order by k)
  into v_stored
  from generate_series(1, cardinality(p_logs)) k;

  return jsonb_build_object('stored', v_stored, 'versions', to_jsonb(v_version));
end;
$$;
