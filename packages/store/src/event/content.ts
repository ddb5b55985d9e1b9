/** The content of an event: the canonical text that its hash is taken over, from the published or the stored fields. */
import { impacts, outcomes, severities } from '@telltale/catalogue';
import { canonicalize } from './canonical.ts';
import { formatTime } from './time.ts';

/** Everything that the hash covers; numbers are those of the tables, `data` and `metadata` canonical text. */
export interface ContentFields {
  readonly type: { readonly name: string };
  readonly eventId: string;
  readonly timestamp: number;
  readonly schemaVersion: number;
  readonly severity: number;
  readonly outcome: number | null;
  readonly impact: number | null;
  readonly onDevice: boolean;
  readonly shardKey: string;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly tenant: string | null;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly source: string | null;
  readonly traceparent: string | null;
  readonly data: string;
  /** Actor included, severity and impact not: they are fields of their own. */
  readonly metadata: string;
}

const quoted = (text: string | null | undefined): string => (text == null ? 'null' : `"${text}"`);
const text = (value: string | null): string => (value === null ? 'null' : canonicalize(value));

/**
 * RFC 8785 text of the content, written out by hand because its keys are fixed: all of them, in order, null when
 * absent. docs/spec.md gives the same list to whoever verifies without us.
 */
export function contentText(fields: ContentFields): string {
  return (
    `{"aggregate_id":${text(fields.aggregateId)},"aggregate_type":"${fields.aggregateType}"` +
    `,"causation_id":${quoted(fields.causationId)},"correlation_id":${quoted(fields.correlationId)}` +
    `,"data":${fields.data},"device_uuid":${quoted(fields.onDevice ? fields.shardKey : null)}` +
    `,"event_id":"${fields.eventId}","event_type":"${fields.type.name}"` +
    `,"impact":${quoted(fields.impact === null ? null : impacts[fields.impact])},"metadata":${fields.metadata}` +
    `,"outcome":${quoted(fields.outcome === null ? null : outcomes[fields.outcome])}` +
    `,"schema_version":${fields.schemaVersion},"severity":"${severities[fields.severity]}"` +
    `,"source":${text(fields.source)},"tenant":${text(fields.tenant)}` +
    `,"timestamp":"${formatTime(fields.timestamp)}","traceparent":${text(fields.traceparent)}}`
  );
}
