/** A batch that this process has just stored, as the index takes it: what is in hand need not be read back. */
import type { PlacedContext } from '../append/context.ts';
import type { RegisteredType } from '../catalogue/registry.ts';
import { dataText } from '../event/content.ts';
import type { PreparedEvent } from '../event/prepare.ts';
import type { UnindexedRow } from './event-key.ts';

/** Events at successive positions of one log. */
export interface StoredBatch {
  readonly log: number;
  readonly firstPosition: number;
  readonly events: readonly PreparedEvent[];
  /** How the metadata of each event is stored. */
  readonly contexts: readonly PlacedContext[];
  /** Microseconds since 1970, of each event. */
  readonly recordedAt: readonly number[];
}

/**
 * The rows as they stand in the tables. All is taken from what was written: the caller may have changed its objects since.
 * @param current the type as it is registered now; with another, the data is read as an older schema's.
 */
export function rowsOf(batch: StoredBatch, current: (typeId: number) => RegisteredType | undefined): UnindexedRow[] {
  return batch.events.map(({ fields, content }, index): UnindexedRow => {
    const { place, type } = fields;
    const isDevice = place.aggregateType === 'device';
    const context = batch.contexts[index] as PlacedContext;
    const isCurrent = content.texts !== null && fields.schemaVersion === type.version && current(type.id) === type;
    return {
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
      data: isCurrent ? content : dataText(content),
      context_id: null,
      context: context.text,
      shared: context.shared,
    };
  });
}
