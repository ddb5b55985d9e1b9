-- Appends one batch: takes the lock of every log it touches, looks at what must be looked at under the lock, writes the
-- rows into the tier tables and the new heads into the ledger. The arguments were parsed before the lock is taken, and
-- the statement commits by itself, so the lock is held for the insert alone.
--
-- Ranks are counted by the caller (1, 2, ... within log, tier of a log, and stream), and the rows come sorted by tier:
-- window functions, and one pass over all rows for every tier, cost 5 us an event under the lock. Each tier takes its
-- slice of the arrays; they are unnested side by side in a select list, where FROM would store every array once more.
-- Arrays that are null throughout are passed as null.
--
-- p_epoch          epoch that the caller spread the batch by
-- p_logs           the logs of the batch, ascending; p_log_index points into it (null: all in the first)
-- p_shards         names of the batch's shards (see inbox.shard)
-- p_skip_inbox     inbox rows that the caller cannot move, or is moving now
-- p_take_inbox     inbox rows that this batch is made of; they are removed with the append
-- p_stream_*       the versioned streams of the batch; p_stream_index points into them
-- p_counts         rows of each tier, four for every log of p_logs
-- p_check          where to look for an event recorded under the same id: -1 in every tier, k in tier k, null nowhere.
--                  An id that the caller gave is looked for in every tier. Of ids that the library made it is enough to
--                  look for the first of each call, in its own tier: a statement whose client gave it up and tried
--                  again may still come to run, and then finds that its calls are stored already
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
  p_counts integer[],
  p_check smallint[],
  p_log_index smallint[],
  p_rank integer[],
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
  v_from integer;
  v_to integer := 0;
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
    if p_recorded_at is not null and v_head.recorded_at >= (select min(supplied) from unnest(p_recorded_at) supplied) then
      raise exception 'expected recorded_at to rise (log % is at %, found: %)',
        v_head.log, v_head.recorded_at, (select min(supplied) from unnest(p_recorded_at) supplied) using errcode = 'TT034';
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

  -- for each tier
  v_from := v_to + 1;
  v_to := v_to + (select sum(p_counts[k]) from generate_series(:tier + 1, cardinality(p_counts), 4) k);
  if v_to >= v_from then
    insert into telltale.events_:name (
      recorded_at, "timestamp", position, tier_position, context_id, stream_version, type_id, log, schema_version,
      severity, outcome, impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id, checksum,
      tenant, aggregate_type, aggregate_id, actor_id, source, traceparent, data, context)
    select
      recorded_at, "timestamp", position, tier_position, context_id, stream_version, type_id, log, schema_version,
      severity, outcome, impact, actor_type, on_device, event_id, shard_key, correlation_id, causation_id,
      sha256(content_hash || int2send(log) || int8send(position) || int8send(tier_position)
        || timestamptz_send(recorded_at) || int8send(coalesce(stream_version, 0))),
      tenant, aggregate_type, aggregate_id, actor_id, source, traceparent, data, context
    from (
      select
        i.*,
        v_position[i.log_index] + i.rank as position,
        v_tier[(i.log_index - 1) * 4 + :tier + 1] + i.tier_rank as tier_position,
        v_version[i.stream_index] + i.stream_rank as stream_version,
        p_logs[i.log_index] as log
      from (
        select
          coalesce(u.supplied_at, v_base[u.log_index] + (u.rank - 1) * interval '1 microsecond') as recorded_at,
          u.*
        from (
          select
            unnest(p_log_index[v_from:v_to]) as log_index,
            unnest(p_rank[v_from:v_to]) as rank,
            unnest(p_tier_rank[v_from:v_to]) as tier_rank,
            unnest(p_stream_index[v_from:v_to]) as stream_index,
            unnest(p_stream_rank[v_from:v_to]) as stream_rank,
            unnest(p_recorded_at[v_from:v_to]) as supplied_at,
            unnest(p_timestamp[v_from:v_to]) as "timestamp",
            unnest(p_context_id[v_from:v_to]) as context_id,
            unnest(p_type_id[v_from:v_to]) as type_id,
            unnest(p_schema_version[v_from:v_to]) as schema_version,
            unnest(p_severity[v_from:v_to]) as severity,
            unnest(p_outcome[v_from:v_to]) as outcome,
            unnest(p_impact[v_from:v_to]) as impact,
            unnest(p_actor_type[v_from:v_to]) as actor_type,
            unnest(p_on_device[v_from:v_to]) as on_device,
            unnest(p_event_id[v_from:v_to]) as event_id,
            unnest(p_shard_key[v_from:v_to]) as shard_key,
            unnest(p_correlation_id[v_from:v_to]) as correlation_id,
            unnest(p_causation_id[v_from:v_to]) as causation_id,
            unnest(p_content_hash[v_from:v_to]) as content_hash,
            unnest(p_tenant[v_from:v_to]) as tenant,
            unnest(p_aggregate_type[v_from:v_to]) as aggregate_type,
            unnest(p_aggregate_id[v_from:v_to]) as aggregate_id,
            unnest(p_actor_id[v_from:v_to]) as actor_id,
            unnest(p_source[v_from:v_to]) as source,
            unnest(p_traceparent[v_from:v_to]) as traceparent,
            unnest(p_data[v_from:v_to]) as data,
            unnest(p_context[v_from:v_to]) as context
        ) u
      ) i
      -- A fence: without it PostgreSQL works the places out twice, for the columns and for the checksum.
      offset 0
    ) placed;
  end if;
  -- end

  insert into log_batches (log, first_position, last_position, recorded_at, critical, important, standard, debug)
  select
    p_logs[k], v_position[k] + 1, v_position[k] + counted.total,
    coalesce((select max(supplied) from unnest(p_recorded_at) supplied), v_base[k] + (counted.total - 1) * interval '1 microsecond'),
    v_tier[k * 4 - 3] + p_counts[k * 4 - 3], v_tier[k * 4 - 2] + p_counts[k * 4 - 2],
    v_tier[k * 4 - 1] + p_counts[k * 4 - 1], v_tier[k * 4] + p_counts[k * 4]
  from generate_series(1, cardinality(p_logs)) k
  cross join lateral (select sum(c) as total from unnest(p_counts[k * 4 - 3 : k * 4]) c) counted;

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
