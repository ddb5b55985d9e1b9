/** The content of an event: the canonical text that its hash is taken over, from the published or the stored fields. */
import { hash } from 'node:crypto';
import { type EventMetadata, impacts, outcomes, severities } from '@telltale/catalogue';
import { CanonicalWriter } from './canonical.ts';
import { writeMetadata } from './metadata.ts';
import type { EventPlace } from './place.ts';
import { formatTime } from './time.ts';

/** Everything that the hash covers beside data and metadata; numbers are those of the tables. */
export interface ContentFields {
  readonly type: { readonly name: string };
  readonly eventId: string;
  /** Microseconds since 1970. */
  readonly timestamp: number;
  readonly schemaVersion: number;
  readonly severity: number;
  readonly outcome: number | null;
  readonly impact: number | null;
  readonly place: EventPlace;
  readonly tenant: string | null;
  readonly source: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly traceparent: string | null;
}

/** A canonical content: ranges of a buffer that many contents share. */
export interface Content {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  readonly dataStart: number;
  readonly dataEnd: number;
  /** Actor included, severity and impact not: they are fields of their own. */
  readonly metadataStart: number;
  readonly metadataEnd: number;
  /** Strings in the data that free text is looked for in: a range of a list that many contents share; null where not known. */
  readonly texts: readonly string[] | null;
  readonly textStart: number;
  readonly textEnd: number;
}

/** Data to write: a value, or its canonical text as it is stored. */
export type ContentData =
  | {
      readonly value: unknown;
      /** Members whose text is personal; null where that cannot be told by members of the data itself. */
      readonly hidden: ReadonlySet<string> | null;
    }
  | { readonly text: string };

const writer = new CanonicalWriter();

/** Bytes that a content is expected to need; longer ones grow the buffer. */
const usualBytes = 4096;

/** Strings of the contents that were written last; a list of its own for each event would cost more than what is in it. */
let texts: string[] = [];
const textsOfOneList = 4096;

/**
 * Writes the content out by hand, because its keys are fixed: in order, absent where there is nothing. docs/spec.md
 * gives the same list to whoever verifies without us.
 * @throws what CanonicalWriter.value throws.
 */
export function writeContent(fields: ContentFields, data: ContentData, metadata: EventMetadata | undefined): Content {
  const { place } = fields;
  if (texts.length >= textsOfOneList) texts = [];
  const textStart = texts.length;
  writer.mark = writer.begin(usualBytes);
  writer.ascii('{"aggregate_id":');
  if (place.aggregateId === place.shardKey) writeQuoted(place.aggregateId);
  else writer.value(place.aggregateId, '/aggregate_id');
  writeToken(',"aggregate_type":', place.aggregateType);
  writeToken(',"causation_id":', fields.causationId);
  writeToken(',"correlation_id":', fields.correlationId);
  writer.ascii(',"data":');
  const dataStart = writer.length - writer.mark;
  const isIndexed = writeData(data);
  const dataEnd = writer.length - writer.mark;
  writeToken(',"device_uuid":', place.onDevice ? place.shardKey : null);
  writeToken(',"event_id":', fields.eventId);
  writeToken(',"event_type":', fields.type.name);
  writeToken(',"impact":', fields.impact === null ? null : impacts[fields.impact]);
  writer.ascii(',"metadata":');
  const metadataStart = writer.length - writer.mark;
  writeMetadata(writer, metadata);
  const metadataEnd = writer.length - writer.mark;
  writeRest(fields);
  const { buffer, mark: start, length: end } = writer;
  return {
    buffer,
    start,
    end,
    dataStart: start + dataStart,
    dataEnd: start + dataEnd,
    metadataStart: start + metadataStart,
    metadataEnd: start + metadataEnd,
    texts: isIndexed ? texts : null,
    textStart,
    textEnd: texts.length,
  };
}

/** Answers with whether `texts` has its strings. */
function writeData(data: ContentData): boolean {
  if ('text' in data) writer.json(data.text);
  else if (data.hidden === null) writer.value(data.value, '/data');
  else {
    writer.object(data.value, '/data', texts, data.hidden);
    return true;
  }
  return false;
}

function writeRest(fields: ContentFields): void {
  writeToken(',"outcome":', fields.outcome === null ? null : outcomes[fields.outcome]);
  writer.ascii(',"schema_version":');
  writer.ascii(String(fields.schemaVersion));
  writeToken(',"severity":', severities[fields.severity]);
  writeText(',"source":', fields.source);
  writeText(',"tenant":', fields.tenant);
  writeToken(',"timestamp":', formatTime(fields.timestamp));
  writeText(',"traceparent":', fields.traceparent);
  writer.ascii('}');
}

/** A member whose value needs no escapes. */
function writeToken(key: string, value: string | null | undefined): void {
  if (value == null) return;
  writer.ascii(key);
  writeQuoted(value);
}

function writeQuoted(value: string): void {
  writer.ascii('"');
  writer.ascii(value);
  writer.ascii('"');
}

/** A member whose value may hold anything. */
function writeText(key: string, value: string | null): void {
  if (value === null) return;
  writer.ascii(key);
  writer.value(value, `/${key.slice(2, -2)}`);
}

/** SHA-256 of the content, in hex. */
export function hashContent({ buffer, start, end }: Content): string {
  return hash('sha256', new Uint8Array(buffer.buffer, buffer.byteOffset + start, end - start), 'hex');
}

export function dataText({ buffer, dataStart, dataEnd }: Content): string {
  return buffer.toString('utf8', dataStart, dataEnd);
}

/** A text that is the same for the same metadata, for use as a key: latin1 is decoded faster, whatever it means. */
export function metadataKey({ buffer, metadataStart, metadataEnd }: Content): string {
  return buffer.toString('latin1', metadataStart, metadataEnd);
}
