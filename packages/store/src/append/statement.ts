/** Writes a batch as the parameters of the append statement, and reads what it answers. */
import { column, columnOf } from '../database/column.ts';
import type { Session, Value } from '../database/database.ts';
import type { PreparedEvent, PreparedFields } from '../event/prepare.ts';
import { readStatement } from '../sql-file.ts';
import type { PlacedContext } from './context.ts';
import type { BatchRow, Spread } from './spread.ts';

const statement = readStatement('append_events');

/** Where one log stood before the batch. */
export interface StoredLog {
  readonly log: number;
  readonly position: number;
  /** Microseconds since 2000 of the batch's first event in this log. */
  readonly recorded_at: number;
  readonly tiers: readonly [number, number, number, number];
  /** Microseconds by which the log runs ahead of the server's clock. */
  readonly lag: number;
}

/** A recorded event that has the id of a row; times are microseconds since 2000. */
export interface Duplicate {
  readonly index: number;
  readonly log: number;
  readonly position: number;
  readonly tier_position: number;
  readonly recorded_at: number;
  readonly timestamp: number;
  readonly stream_version: number | null;
  readonly checksum: string;
}

/** Exactly one of the fields is there; all but `stored` mean that nothing was written. */
export interface AppendOutcome {
  readonly stored?: readonly StoredLog[];
  readonly versions?: readonly number[] | null;
  readonly epoch?: number;
  readonly inbox?: readonly number[];
  readonly clock?: { readonly log: number; readonly recorded_at: number; readonly now: number };
  readonly duplicates?: readonly Duplicate[];
  readonly conflict?: { readonly stream: number; readonly expected: number; readonly found: number };
}

export interface AppendCall {
  /** Null for an import log, which no epoch rules. */
  readonly epoch: number | null;
  readonly rows: readonly BatchRow[];
  readonly spread: Spread;
  readonly contexts: readonly PlacedContext[];
  readonly skipInbox: readonly number[];
  readonly clockBound: string;
  readonly dedupeWindow: string;
}

export async function callAppend(session: Session, call: AppendCall): Promise<AppendOutcome> {
  const parameters = { ...batchParameters(call), ...streamParameters(call.spread), ...rowParameters(call) };
  const values = statement.parameters.map((name) => parameters[name] ?? null);
  const [row] = await session.query<{ outcome: AppendOutcome }>(statement, values);
  return (row as { outcome: AppendOutcome }).outcome;
}

type Parameters = Record<string, Value>;

function batchParameters({ epoch, rows, spread, skipInbox, clockBound, dedupeWindow }: AppendCall): Parameters {
  const taken = rows.flatMap((row) => (row.inboxId === undefined ? [] : [row.inboxId]));
  const skipped = [...skipInbox, ...taken];
  const shards = epoch === null ? null : [...new Set(rows.map((row) => row.event.fields.place.shard))];
  return {
    epoch,
    logs: column('int2', spread.logs),
    counts: column('int4', spread.counts),
    shards: shards === null ? null : column('text', shards),
    // Rows that come from the inbox would else wait for themselves.
    skip_inbox: skipped.length > 0 ? column('int8', skipped) : null,
    take_inbox: taken.length > 0 ? column('int8', taken) : null,
    clock_bound: clockBound,
    dedupe_window: dedupeWindow,
  };
}

function streamParameters({ streams }: Spread): Parameters {
  if (streams.length === 0) return {};
  return {
    stream_tenant: columnOf('text', streams, (stream) => stream.tenant ?? ''),
    stream_type: columnOf('text', streams, (stream) => stream.type),
    stream_id: columnOf('text', streams, (stream) => stream.id),
    stream_expected: columnOf('int8', streams, (stream) => stream.expected),
    stream_count: columnOf('int8', streams, (stream) => stream.count),
  };
}

function rowParameters({ rows: given, spread, contexts }: AppendCall): Parameters {
  const { order } = spread;
  const rows = order.map((index) => given[index] as BatchRow);
  const fields = rows.map((row) => row.event.fields);
  const sorted = <Item>(items: readonly Item[]): Item[] => order.map((index) => items[index] as Item);
  return {
    check: columnOf('int2', rows, (row) => row.check),
    log_index: column('int2', sorted(spread.logIndex)),
    rank: column('int4', sorted(spread.rank)),
    tier_rank: column('int4', sorted(spread.tierRank)),
    stream_index: column('int2', sorted(spread.streamIndex)),
    stream_rank: column('int4', sorted(spread.streamRank)),
    recorded_at: columnOf('timestamptz', rows, (row) => row.recordedAt ?? null),
    context_id: columnOf('hash8', sorted(contexts), (context) => context.id),
    context: columnOf('json', sorted(contexts), (context) => context.text),
    content_hash: columnOf('sha256', rows, (row) => row.event.contentHash),
    source: columnOf('text', rows, ({ event }) => storedSource(event)),
    data: columnOf('data', rows, (row) => row.event.content),
    ...typeParameters(fields),
    ...placeParameters(fields),
    ...referenceParameters(fields),
  };
}

/** Left out where metadata.source.service says the same. */
function storedSource({ fields, metadata }: PreparedEvent): string | null {
  return fields.source === metadata?.source?.service ? null : fields.source;
}

function typeParameters(fields: readonly PreparedFields[]): Parameters {
  return {
    timestamp: columnOf('timestamptz', fields, ({ timestamp }) => timestamp),
    type_id: columnOf('int4', fields, ({ type }) => type.id),
    schema_version: columnOf('int2', fields, ({ schemaVersion }) => schemaVersion),
    severity: columnOf('int2', fields, ({ severity }) => severity),
    outcome: columnOf('int2', fields, ({ outcome }) => outcome),
    impact: columnOf('int2', fields, ({ impact }) => impact),
    actor_type: columnOf('int2', fields, ({ actorType }) => actorType),
  };
}

/** What repeats the shard key, or is a device, is left out; see 0004_events.sql. */
function placeParameters(fields: readonly PreparedFields[]): Parameters {
  return {
    on_device: columnOf('bool', fields, ({ place }) => place.onDevice),
    shard_key: columnOf('uuid', fields, ({ place }) => place.shardKey),
    aggregate_type: columnOf('text', fields, ({ place }) =>
      place.aggregateType === 'device' ? null : place.aggregateType,
    ),
    aggregate_id: columnOf('text', fields, ({ place }) =>
      place.aggregateType === 'device' ? null : place.aggregateId,
    ),
    actor_id: columnOf('text', fields, ({ actorId, place }) => (actorId === place.shardKey ? null : actorId)),
  };
}

function referenceParameters(fields: readonly PreparedFields[]): Parameters {
  return {
    event_id: columnOf('uuid', fields, ({ eventId }) => eventId),
    correlation_id: columnOf('uuid', fields, ({ correlationId }) => correlationId),
    causation_id: columnOf('uuid', fields, ({ causationId }) => causationId),
    tenant: columnOf('text', fields, ({ tenant }) => tenant),
    traceparent: columnOf('text', fields, ({ traceparent }) => traceparent),
  };
}
