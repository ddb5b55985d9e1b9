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

/**
 * The rows from a position on, as they stand in the tables. All is taken from what was written: the caller may have changed
 * its objects since.
 */
export function rowsOf(batch: StoredBatch, from: number): UnindexedRow[] {
  const rows: UnindexedRow[] = [];
  for (let index = from - batch.firstPosition; index < batch.events.length; index++) {
    const { fields, content } = batch.events[index] as PreparedEvent;
    const { place, type } = fields;
    const isDevice = place.aggregateType === 'device';
    rows.push({
      tier: type.tierNumber,
      position: batch.firstPosition + index,
      recorded_at: batch.recordedAt[index] as number,
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
      aggregate_type: isDevice ? null : place.aggregateType,
      aggregate_id: isDevice ? null : place.aggregateId,
      actor_id: fields.actorId === place.shardKey ? null : fields.actorId,
      source: fields.source,
      data: dataText(content),
      context_id: null,
      context: content.buffer.toString('utf8', content.metadataStart, content.metadataEnd),
    });
  }
  return rows;
}
