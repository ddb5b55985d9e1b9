/** Makes a publisher's event ready for the log: defaults, checks, canonical bytes and content hash. */
import {
  actorTypes,
  type EventInput,
  type EventMetadata,
  impacts,
  outcomes,
  severities,
  TelltaleError,
} from '@telltale/catalogue';
import type { RegisteredType, Registry } from '../catalogue/registry.ts';
import { refuseData } from '../catalogue/validate.ts';
import { type Content, type ContentFields, dataText, hashContent, writeContent } from './content.ts';
import { checkEnvelope, requireUuid } from './envelope.ts';
import { placeOf } from './place.ts';
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
export interface PreparedEvent {
  readonly fields: PreparedFields;
  readonly metadata: EventMetadata | undefined;
  readonly content: Content;
  /** Hex. */
  readonly contentHash: string;
  /** Bytes of the canonical content. */
  readonly bytes: number;
  /** The id came from the caller, so the event may have been recorded before. */
  readonly known: boolean;
  /** The timestamp was ours, so a repeat with the same id takes that of the first. */
  readonly stamped: boolean;
}

export interface PreparedFields extends ContentFields {
  readonly type: RegisteredType;
  readonly actorType: number | null;
  readonly actorId: string | null;
}

/**
 * Prepares one event.
 * @throws any of the codes TT001 to TT010; the place names the pointer.
 */
export function prepareEvent(input: EventInput, registry: Registry, limits: EventLimits): PreparedEvent {
  checkEnvelope(input);
  const type = registry.get(input.event_type);
  const schemaVersion = input.schema_version ?? type.version;
  const validate = registry.validator(type, schemaVersion);
  if (!validate(input.data)) throw refuseData(validate, '/data', type.name);
  const fields = fieldsOf(input, type, schemaVersion, registry);
  const content = writeContent(fields, { value: input.data, hidden: hiddenOf(type) }, input.metadata);
  const bytes = content.end - content.start;
  if (bytes > limits.eventBytes) {
    throw new TelltaleError('EventTooLarge', `expected at most ${limits.eventBytes} bytes (found: ${bytes})`, {
      expected: limits.eventBytes,
      found: bytes,
    });
  }
  return {
    fields,
    metadata: input.metadata,
    content,
    contentHash: hashContent(content),
    bytes,
    known: input.event_id !== undefined,
    stamped: input.timestamp === undefined,
  };
}

/** By the type's list of personal pointers, which a new version of the type replaces. */
const hidden = new WeakMap<readonly string[], ReadonlySet<string> | null>();

const memberPointer = /^\/([^/~*]+)$/;

/** Names of the data's members whose text is personal; null where a pointer leads deeper. */
function hiddenOf({ personal }: RegisteredType): ReadonlySet<string> | null {
  let names = hidden.get(personal);
  if (names === undefined) {
    const members = personal.map((pointer) => memberPointer.exec(pointer)?.[1]);
    names = members.includes(undefined) ? null : new Set(members as string[]);
    hidden.set(personal, names);
  }
  return names;
}

function fieldsOf(input: EventInput, type: RegisteredType, schemaVersion: number, registry: Registry): PreparedFields {
  const { metadata, correlation_id: correlationId, causation_id: causationId } = input;
  const actor = metadata?.actor;
  return {
    type,
    eventId: input.event_id === undefined ? makeEventId() : requireUuid(input.event_id, '/event_id'),
    timestamp: input.timestamp === undefined ? now() : timestampOf(input.timestamp),
    schemaVersion,
    severity: metadata?.severity === undefined ? type.severity : severities.indexOf(metadata.severity),
    outcome: input.outcome === undefined ? null : outcomes.indexOf(input.outcome),
    impact: metadata?.impact === undefined ? null : impacts.indexOf(metadata.impact),
    place: placeOf(input, type, registry),
    tenant: metadata?.tenant?.id ?? null,
    source: input.source ?? metadata?.source?.service ?? null,
    correlationId: correlationId == null ? null : requireUuid(correlationId, '/correlation_id'),
    causationId: causationId == null ? null : requireUuid(causationId, '/causation_id'),
    traceparent: input.traceparent ?? null,
    actorType: actor === undefined ? null : actorTypes.indexOf(actor.type),
    actorId: actor?.id ?? null,
  };
}

function timestampOf(value: string | Date): number {
  const timestamp = parseTime(value, '/timestamp');
  if (timestamp > now() + futureBound) {
    throw new TelltaleError(
      'TimestampInFuture',
      `/timestamp: expected at most 24 hours ahead (found: ${formatTime(timestamp)})`,
      { pointer: '/timestamp', expected: 'at most 24 hours ahead', found: formatTime(timestamp) },
    );
  }
  return timestamp;
}

/** The same event as if it had been published with another timestamp: for a repeat whose time was ours. */
export function restamp(event: PreparedEvent, timestamp: number): PreparedEvent {
  const fields = { ...event.fields, timestamp };
  const content = writeContent(fields, { text: dataText(event.content) }, event.metadata);
  return { ...event, fields, content, contentHash: hashContent(content) };
}
