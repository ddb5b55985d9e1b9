/** Makes a publisher's event ready for the log: defaults, checks, canonical text and content hash. */
import { hash } from 'node:crypto';
import { type EventInput, outcomes, TelltaleError } from '@telltale/catalogue';
import type { RegisteredType, Registry } from '../catalogue/registry.ts';
import { refuseData } from '../catalogue/validate.ts';
import { canonicalize } from './canonical.ts';
import { contentText } from './content.ts';
import { checkEnvelope, requireUuid } from './envelope.ts';
import { prepareMetadata } from './metadata.ts';
import { type EventPlace, placeOf } from './place.ts';
import { formatTime, now, parseTime } from './time.ts';
import { makeEventId } from './uuid.ts';

export interface EventLimits {
  /** Bytes of an event's canonical content. Default 50,000. */
  readonly eventBytes: number;
  /** Events of one publishBatch. Default 10,000. */
  readonly batchEvents: number;
  /** Bytes of all the events of one publishBatch. Default 20,000,000. */
  readonly batchBytes: number;
}

export const defaultLimits: EventLimits = { eventBytes: 50_000, batchEvents: 10_000, batchBytes: 20_000_000 };

/** How far ahead a producer's clock may be: 24 hours, in microseconds (design §5). */
const futureBound = 86_400_000_000;

/** An event as the append statement takes it; numbers are those of the tables. */
export interface PreparedEvent extends EventPlace {
  readonly type: RegisteredType;
  readonly eventId: string;
  /** Microseconds since 1970. */
  readonly timestamp: number;
  readonly schemaVersion: number;
  readonly severity: number;
  readonly outcome: number | null;
  readonly impact: number | null;
  readonly actorType: number | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly tenant: string | null;
  readonly actorId: string | null;
  readonly source: string | null;
  /** Null where metadata.source.service says the same. */
  readonly storedSource: string | null;
  readonly traceparent: string | null;
  /** Canonical JSON of the data. */
  readonly data: string;
  /** Canonical JSON of all metadata but severity and impact, as the content has it. */
  readonly metadata: string;
  /** Canonical JSON of the metadata that other events share (source, tags, tenant, compliance), or null. */
  readonly shared: string | null;
  /** Canonical JSON of the metadata of this event alone, or null. */
  readonly own: string | null;
  readonly contentHash: Buffer;
  /** Bytes of the canonical content. */
  readonly bytes: number;
  /** The id came from the caller, so the event may have been recorded before. */
  readonly known: boolean;
  /** The timestamp was ours, so a repeat with the same id takes that of the first. */
  readonly stamped: boolean;
}

/**
 * Prepares one event.
 * @param at the time to stamp it with when it has none: microseconds since 1970.
 * @throws any of the codes TT001 to TT010; the place names the pointer.
 */
export function prepareEvent(input: EventInput, registry: Registry, limits: EventLimits, at = now()): PreparedEvent {
  checkEnvelope(input);
  const type = registry.get(input.event_type);
  const schemaVersion = input.schema_version ?? type.version;
  const validate = registry.validator(type, schemaVersion);
  if (!validate(input.data)) throw refuseData(validate, '/data', type.name);

  const place = placeOf(input, type, registry);
  const timestamp = timestampOf(input, at);
  const metadata = prepareMetadata(input.metadata, input.source ?? null);
  const fields = {
    type,
    eventId: input.event_id === undefined ? makeEventId() : requireUuid(input.event_id, '/event_id'),
    timestamp,
    schemaVersion,
    severity: metadata.severity ?? type.severity,
    outcome: input.outcome === undefined ? null : outcomes.indexOf(input.outcome),
    impact: metadata.impact,
    actorType: metadata.actorType,
    ...place,
    correlationId: input.correlation_id == null ? null : requireUuid(input.correlation_id, '/correlation_id'),
    causationId: input.causation_id == null ? null : requireUuid(input.causation_id, '/causation_id'),
    tenant: metadata.tenant,
    actorId: metadata.actorId,
    source: metadata.source,
    storedSource: metadata.storedSource,
    traceparent: input.traceparent ?? null,
    data: canonicalize(input.data, '/data'),
    metadata: metadata.text,
    shared: metadata.shared,
    own: metadata.own,
  };
  const content = contentText(fields);
  const bytes = Buffer.byteLength(content);
  if (bytes > limits.eventBytes) {
    throw new TelltaleError('EventTooLarge', `expected at most ${limits.eventBytes} bytes (found: ${bytes})`, {
      expected: limits.eventBytes,
      found: bytes,
    });
  }
  return {
    ...fields,
    contentHash: hash('sha256', content, 'buffer'),
    bytes,
    known: input.event_id !== undefined,
    stamped: input.timestamp === undefined,
  };
}

/** The same event as if it had been published with another timestamp: for a repeat whose time was ours. */
export function restamp(event: PreparedEvent, timestamp: number): PreparedEvent {
  const fields = { ...event, timestamp };
  return { ...fields, contentHash: hash('sha256', contentText(fields), 'buffer') };
}

function timestampOf(input: EventInput, at: number): number {
  if (input.timestamp === undefined) return at;
  const timestamp = parseTime(input.timestamp, '/timestamp');
  if (timestamp > now() + futureBound) {
    throw new TelltaleError(
      'TimestampInFuture',
      `/timestamp: expected at most 24 hours ahead (found: ${formatTime(timestamp)})`,
      { pointer: '/timestamp' },
    );
  }
  return timestamp;
}
