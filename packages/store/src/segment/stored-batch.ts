/** A batch that this process has just stored, as the index takes it: what is in hand need not be read back. */
import { dataText } from '../event/content.ts';
import type { PreparedEvent } from '../event/prepare.ts';
import type { UnindexedRow } from './event-key.ts';

/** Events at successive positions of one log. */
export interface StoredBatch {
  readonly log: number;
  readonly firstPosition: number;
  readonly events: readonly PreparedEvent[];
  /** Microseconds since 1970, of each event. */
  readonly recordedAt: readonly number[];
}

/** The rows from a position on, as they stand in the tables. */
export function rowsOf(batch: StoredBatch, from: number): UnindexedRow[] {
  const skipped = from - batch.firstPosition;
  return batch.events.slice(skipped).map((event, index) => ({
    ...rowOf(event),
    position: from + index,
    recorded_at: batch.recordedAt[skipped + index] as number,
  }));
}

function rowOf({ fields, content }: PreparedEvent): Omit<UnindexedRow, 'position' | 'recorded_at'> {
  const { place, type } = fields;
  const aggregate = place.aggregateType === 'device';
  return {
    tier: type.tierNumber,
    timestamp: fields.timestamp,
    type_id: type.id,
    schema_version: fields.schemaVersion,
    severity: fields.severity,
    outcome: fields.outcome,
    impact: fields.impact,
    actor_type: fields.actorType,
    on_device: place.onDevice,
    shard_key: place.shardKey,
    correlation_id: fields.correlationId,
    causation_id: fields.causationId,
    tenant: fields.tenant,
    aggregate_type: aggregate ? null : place.aggregateType,
    aggregate_id: aggregate ? null : place.aggregateId,
    actor_id: fields.actorId === place.shardKey ? null : fields.actorId,
    source: fields.source,
    data: dataText(content),
    context_id: null,
    context: content.buffer.toString('utf8', content.metadataStart, content.metadataEnd),
  };
}
