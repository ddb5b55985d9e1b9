/** Turns stored rows into events: names for numbers, metadata put together, older schema versions brought up. */
import { actorTypes, type Event, type EventMetadata, impacts, outcomes, severities, tiers } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Session } from '../database/database.ts';
import { assembleMetadata } from '../event/metadata.ts';
import { formatTime } from '../event/time.ts';
import { readStatement } from '../sql-file.ts';

const readContexts = readStatement('read_contexts');

/** A row of recorded_events as the query files select it; times are microseconds since 1970, 64-bit numbers are text. */
export interface EventRow {
  readonly tier: number;
  readonly log: number;
  readonly position: string;
  readonly tier_position: string;
  readonly stream_version: string | null;
  readonly recorded_at: string;
  readonly timestamp: string;
  readonly type_id: number;
  readonly schema_version: number;
  readonly severity: number;
  readonly outcome: number | null;
  readonly impact: number | null;
  readonly actor_type: number | null;
  readonly on_device: boolean;
  readonly event_id: string;
  readonly shard_key: string;
  readonly correlation_id: string | null;
  readonly causation_id: string | null;
  readonly checksum: string;
  readonly tenant: string | null;
  readonly aggregate_type: string | null;
  readonly aggregate_id: string | null;
  readonly actor_id: string | null;
  readonly source: string | null;
  readonly traceparent: string | null;
  readonly data: string;
  readonly context_id: string | null;
  readonly context: string | null;
}

/** Interned metadata remembered as text: parsed anew for each event, so that no two events share an object. */
const capacity = 50_000;

export class RowReader {
  readonly #registry: Registry;
  readonly #contexts = new Map<string, string>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  async toEvents(session: Session, rows: readonly EventRow[]): Promise<Event[]> {
    await this.learn(session, rows);
    return rows.map((row) => this.#toEvent(row));
  }

  /** Interned metadata of a row, as canonical text. */
  contextOf(row: Pick<EventRow, 'context_id'>): string | null {
    return row.context_id === null ? null : (this.#contexts.get(row.context_id) ?? null);
  }

  /** Reads the interned metadata and the event types that this page needs and the process does not know. */
  async learn(session: Session, rows: readonly Pick<EventRow, 'context_id' | 'type_id'>[]): Promise<void> {
    const unknown = new Set<string>();
    for (const { context_id: id } of rows) if (id !== null && !this.#contexts.has(id)) unknown.add(id);
    if (unknown.size > 0) {
      if (this.#contexts.size > capacity) this.#contexts.clear();
      const found = await session.query<{ context_id: string; context: string }>(readContexts, [
        column(
          'hash8',
          [...unknown].map((id) => BigInt(id)),
        ),
      ]);
      for (const row of found) this.#contexts.set(row.context_id, row.context);
    }
    if (rows.some((row) => this.#registry.findById(row.type_id) === undefined)) await this.#registry.refresh(session);
  }

  #toEvent(row: EventRow): Event {
    const type = this.#registry.findById(row.type_id);
    if (type === undefined) throw new Error(`expected event type ${row.type_id} in telltale.event_types (found: none)`);
    const upcast = this.#registry.upcast(type, row.schema_version, JSON.parse(row.data));
    const actor = {
      actor_type: row.actor_type === null ? null : (actorTypes[row.actor_type] ?? null),
      actor_id: row.actor_type === null ? null : (row.actor_id ?? row.shard_key),
    };
    const metadata = this.#metadataOf(row, actor.actor_id);
    return {
      event_id: row.event_id,
      event_type: type.name,
      timestamp: formatTime(Number(row.timestamp)),
      recorded_at: formatTime(Number(row.recorded_at)),
      ...placeOf(row),
      tenant: row.tenant,
      data: upcast.data,
      metadata,
      ...actor,
      severity: severities[row.severity] ?? 'info',
      impact: row.impact === null ? null : (impacts[row.impact] ?? null),
      outcome: row.outcome === null ? null : (outcomes[row.outcome] ?? null),
      category: type.category,
      retention_tier: tiers[row.tier] ?? 'standard',
      correlation_id: row.correlation_id,
      causation_id: row.causation_id,
      source: row.source ?? metadata.source?.service ?? null,
      schema_version: upcast.version,
      traceparent: row.traceparent,
    };
  }

  /** Severity and impact are columns; they are read back where the publisher wrote them. */
  #metadataOf(row: EventRow, actorId: string | null): EventMetadata {
    const metadata = assembleMetadata({
      shared: this.contextOf(row),
      own: row.context,
      actorType: row.actor_type,
      actorId,
    });
    metadata.severity = severities[row.severity] ?? 'info';
    const impact = row.impact === null ? undefined : impacts[row.impact];
    if (impact !== undefined) metadata.impact = impact;
    return metadata;
  }
}

/** Where an event belongs and where it stands. */
function placeOf(row: EventRow): EventPlacement {
  return {
    aggregate_type: row.aggregate_type ?? 'device',
    aggregate_id: row.aggregate_id ?? row.shard_key,
    device_uuid: row.on_device ? row.shard_key : null,
    shard_key: row.shard_key,
    log: row.log,
    position: Number(row.position),
    tier_position: Number(row.tier_position),
    stream_version: row.stream_version === null ? null : Number(row.stream_version),
    checksum: row.checksum,
  };
}

type EventPlacement = Pick<
  Event,
  | 'aggregate_type'
  | 'aggregate_id'
  | 'device_uuid'
  | 'shard_key'
  | 'log'
  | 'position'
  | 'tier_position'
  | 'stream_version'
  | 'checksum'
>;
