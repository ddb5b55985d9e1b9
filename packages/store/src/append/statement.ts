/** Writes a batch as the parameters of the append statement, and reads what it answers. */
import { column } from '../database/column.ts';
import type { Session, Value } from '../database/database.ts';
import { readStatement } from '../sql-file.ts';
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
  /** Interned metadata of each row, or null where it is written out. */
  readonly contextIds: readonly (bigint | null)[];
  /** Canonical text of what is not interned. */
  readonly contexts: readonly (string | null)[];
  readonly skipInbox: readonly number[];
  readonly clockBound: string;
  readonly dedupeWindow: string;
}

export async function callAppend(session: Session, call: AppendCall): Promise<AppendOutcome> {
  const parameters: Record<string, Value> = {
    ...batchParameters(call),
    ...rowParameters(call),
    ...eventParameters(call),
  };
  const values = statement.parameters.map((name) => parameters[name] ?? null);
  const [row] = await session.query<{ outcome: AppendOutcome }>(statement, values);
  return (row as { outcome: AppendOutcome }).outcome;
}

function batchParameters({
  epoch,
  rows,
  spread,
  skipInbox,
  clockBound,
  dedupeWindow,
}: AppendCall): Record<string, Value> {
  const { streams } = spread;
  const taken = rows.flatMap((row) => (row.inboxId === undefined ? [] : [row.inboxId]));
  return {
    epoch,
    logs: column('int2', spread.logs),
    // Rows from the inbox are the very ones that would be waited for.
    shards: epoch === null ? null : column('text', [...new Set(rows.map((row) => row.event.shard))]),
    skip_inbox: skipInbox.length + taken.length > 0 ? column('int8', [...skipInbox, ...taken]) : null,
    take_inbox: taken.length > 0 ? column('int8', taken) : null,
    clock_bound: clockBound,
    dedupe_window: dedupeWindow,
    stream_tenant:
      streams.length > 0
        ? column(
            'text',
            streams.map((stream) => stream.tenant ?? ''),
          )
        : null,
    stream_type:
      streams.length > 0
        ? column(
            'text',
            streams.map((stream) => stream.type),
          )
        : null,
    stream_id:
      streams.length > 0
        ? column(
            'text',
            streams.map((stream) => stream.id),
          )
        : null,
    stream_expected: expectedColumn(spread),
    stream_count:
      streams.length > 0
        ? column(
            'int8',
            streams.map((stream) => stream.count),
          )
        : null,
  };
}

/** The expectations; sent even when all are null, because SQL walks it beside the streams. */
function expectedColumn({ streams }: Spread): Value {
  return streams.length === 0
    ? null
    : column(
        'int8',
        streams.map((stream) => stream.expected),
      );
}

function rowParameters({ rows, spread, contextIds, contexts }: AppendCall): Record<string, Value> {
  return {
    check: rows.some((row) => row.check)
      ? column(
          'bool',
          rows.map((row) => row.check),
        )
      : null,
    log_index: column('int2', spread.logIndex),
    rank: column('int4', spread.rank),
    tier: column(
      'int2',
      rows.map((row) => row.event.type.tierNumber),
    ),
    tier_rank: column('int4', spread.tierRank),
    stream_index: column('int2', spread.streamIndex),
    stream_rank: column('int4', spread.streamRank),
    recorded_at: column(
      'timestamptz',
      rows.map((row) => row.recordedAt ?? null),
    ),
    context_id: column('hash8', contextIds),
    context: column('json', contexts),
  };
}

function eventParameters({ rows }: AppendCall): Record<string, Value> {
  const events = rows.map((row) => row.event);
  return {
    timestamp: column(
      'timestamptz',
      events.map((event) => event.timestamp),
    ),
    type_id: column(
      'int4',
      events.map((event) => event.type.id),
    ),
    schema_version: column(
      'int2',
      events.map((event) => event.schemaVersion),
    ),
    severity: column(
      'int2',
      events.map((event) => event.severity),
    ),
    outcome: column(
      'int2',
      events.map((event) => event.outcome),
    ),
    impact: column(
      'int2',
      events.map((event) => event.impact),
    ),
    actor_type: column(
      'int2',
      events.map((event) => event.actorType),
    ),
    on_device: column(
      'bool',
      events.map((event) => event.onDevice),
    ),
    event_id: column(
      'uuid',
      events.map((event) => event.eventId),
    ),
    shard_key: column(
      'uuid',
      events.map((event) => event.shardKey),
    ),
    correlation_id: column(
      'uuid',
      events.map((event) => event.correlationId),
    ),
    causation_id: column(
      'uuid',
      events.map((event) => event.causationId),
    ),
    content_hash: column(
      'bytea',
      events.map((event) => event.contentHash),
    ),
    tenant: column(
      'text',
      events.map((event) => event.tenant),
    ),
    aggregate_type: column(
      'text',
      events.map((event) => (event.aggregateType === 'device' ? null : event.aggregateType)),
    ),
    aggregate_id: column(
      'text',
      events.map((event) => (event.aggregateId === event.shardKey ? null : event.aggregateId)),
    ),
    actor_id: column(
      'text',
      events.map((event) => (event.actorId === event.shardKey ? null : event.actorId)),
    ),
    source: column(
      'text',
      events.map((event) => event.storedSource),
    ),
    traceparent: column(
      'text',
      events.map((event) => event.traceparent),
    ),
    data: column(
      'json',
      events.map((event) => event.data),
    ),
  };
}
