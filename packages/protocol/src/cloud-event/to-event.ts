/** Reads a CloudEvent as an event to publish; docs/guide/http.md has the mapping. */
import { type EventInput, isObject, outcomes } from '@telltale/catalogue';
import { attributeName, refuseAttribute, schemaUrn, serviceSource } from './attribute.ts';
import { decode, isText, isUuid, metadataOf } from './to-metadata.ts';

export interface CloudEventReading {
  /** A UUID for what is none, always the same for the same text. */
  readonly uuidOf: (text: string) => string;
  /** Whether there is an event type of this name: of a type with a prefix, the longest end that is known is taken. */
  readonly isType: (name: string) => boolean;
}

type Attributes = Readonly<Record<string, unknown>>;

/** Attributes that were seen to be text. */
interface Named {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time?: string;
}

/** @throws InvalidEvent with the pointer of the attribute. What the event itself lacks, publishing says. */
export function toEvent(given: unknown, reading: CloudEventReading): EventInput {
  const attributes = checked(given);
  const { id, source, type, subject, time } = attributes as unknown as Named;
  const eventType = typeOf(type, reading.isType);
  const version = versionOf(attributes['dataschema']);
  const event: Partial<Record<keyof EventInput, unknown>> = {
    event_type: eventType,
    data: dataOf(attributes),
    event_id: uuidIn(id) ?? reading.uuidOf(`${source} ${id}`),
    // Some write more digits than six; those say less than any clock can.
    timestamp: time?.replace(/(\.\d{6})\d+/, '$1'),
    aggregate_type: attributes['aggregatetype'],
    aggregate_id: subject,
    device_uuid: attributes['deviceuuid'] ?? (subject === undefined ? uuidIn(attributes['partitionkey']) : undefined),
    correlation_id: linkOf(attributes['correlationid'], reading.uuidOf),
    causation_id: linkOf(attributes['causationid'], (text) => reading.uuidOf(`${source} ${text}`)),
    source: nameOf(source),
    outcome: outcomes.find((outcome) => outcome === attributes['outcome']),
    schema_version: version,
    traceparent: attributes['traceparent'],
    metadata: metadataOf(attributes, { type: eventType, hasVersion: version !== undefined }),
  };
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined)) as unknown as EventInput;
}

const uuidIn = (value: unknown): string | undefined => (isUuid(value) ? value : undefined);

function checked(given: unknown): Attributes {
  if (!isObject(given)) throw refuseAttribute('', 'a CloudEvent', given === null ? 'null' : typeof given);
  const attributes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  if (attributes['specversion'] !== '1.0') throw refuseAttribute('/specversion', '1.0', attributes['specversion']);
  for (const name of ['id', 'source', 'type']) {
    if (!isText(attributes[name])) throw refuseAttribute(`/${name}`, 'a text', attributes[name]);
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'data' || name === 'data_base64') continue;
    if (!attributeName.test(name)) throw refuseAttribute(`/${name}`, 'a name of lower-case letters and digits', name);
    if (typeof value === 'object') throw refuseAttribute(`/${name}`, 'a text, a number or a boolean', 'an object');
  }
  for (const name of ['subject', 'time']) {
    if (attributes[name] !== undefined && !isText(attributes[name])) {
      throw refuseAttribute(`/${name}`, 'a text', attributes[name]);
    }
  }
  return attributes;
}

/** `com.example.device.online` is `device.online` where only that is known. */
function typeOf(type: string, isType: CloudEventReading['isType']): string {
  for (let name = type; ; name = name.slice(name.indexOf('.') + 1)) {
    if (isType(name)) return name;
    if (!name.includes('.')) return type;
  }
}

function versionOf(schema: unknown): number | undefined {
  if (!isText(schema) || !schema.startsWith(schemaUrn)) return undefined;
  const version = Number(schema.slice(schema.lastIndexOf(':') + 1));
  return Number.isInteger(version) ? version : undefined;
}

function dataOf({ data, data_base64: base64 }: Attributes): unknown {
  if (base64 === undefined) return data === undefined ? {} : data;
  try {
    const bytes = Uint8Array.from(atob(base64 as string), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw refuseAttribute('/data_base64', 'JSON as base64', 'something else');
  }
}

/** An id that is no UUID becomes one, so that what belongs together stays together. */
function linkOf(value: unknown, uuidOf: (text: string) => string): string | undefined {
  if (!isText(value)) return undefined;
  return isUuid(value) ? value : uuidOf(value);
}

/** Short name of the sender: the service. Longer than 100 characters the envelope does not take it. */
function nameOf(source: string): string | undefined {
  const name = decode(serviceSource.exec(source)?.[1]) ?? source;
  return name.length <= 100 ? name : undefined;
}
