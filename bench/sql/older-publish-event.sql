-- The older system's publish_event: inserts one event, hashes its payload with pgcrypto and notifies its listeners.
-- the event's fields  ->  event_id
create function publish_event(
  p_event_type varchar,
  p_aggregate_type varchar,
  p_aggregate_id varchar,
  p_data jsonb,
  p_source varchar default 'system',
  p_correlation_id uuid default null,
  p_causation_id uuid default null,
  p_metadata jsonb default null
) returns uuid language plpgsql as $$
declare
  v_event_id uuid;
begin
  insert into events (event_type, aggregate_type, aggregate_id, data, metadata, correlation_id, causation_id, source, checksum)
  values (
    p_event_type, p_aggregate_type, p_aggregate_id, p_data, p_metadata, p_correlation_id, p_causation_id, p_source,
    encode(digest(p_data::text, 'sha256'), 'hex')
  )
  returning event_id into v_event_id;

  perform pg_notify('events', json_build_object(
    'event_id', v_event_id,
    'event_type', p_event_type,
    'aggregate_type', p_aggregate_type,
    'aggregate_id', p_aggregate_id
  )::text);

  return v_event_id;
end
$$;
