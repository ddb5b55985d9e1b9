/** Reads the body of a publish request as events, whichever of the forms it came in. */
import { type EventInput, findEventType, TelltaleError } from '@telltale/catalogue';
import { type CloudEventReading, isBinary, mediaTypes, readBinary, toEvent } from '@telltale/protocol';
import { uuidv5 } from '@telltale/store';
import type { FastifyRequest } from 'fastify';
import type { Candidate } from './publishing.ts';

/** The namespace of ids that follow from a CloudEvent's source and id; never to change. */
const namespace = Buffer.from('0f6d1f0e2b1d4c0b9f7c4a3d8e5b6a71', 'hex');
const uuidOf = (text: string): string => uuidv5(namespace, text);

const isDeclared = (name: string): boolean => findEventType(name) !== undefined;

export function mediaTypeOf(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** `typeNames`: those registered at run time, too; asked for only where the catalogue does not know a type. */
export async function readEvents(
  request: FastifyRequest,
  typeNames: () => Promise<readonly string[]>,
): Promise<readonly Candidate[]> {
  const { body } = request;
  const type = mediaTypeOf(request);
  if (type === mediaTypes.cloudEventBatch) {
    if (!Array.isArray(body)) throw new TelltaleError('InvalidArgument', 'expected an array of CloudEvents');
    return readCloudEvents(body, typeNames);
  }
  if (type === mediaTypes.cloudEvent) return readCloudEvents([body], typeNames);
  if (isBinary(request.headers)) return readCloudEvents([readBinary(request.headers, body)], typeNames);
  if (type === mediaTypes.json) return Array.isArray(body) ? (body as EventInput[]) : [body as EventInput];
  throw new TelltaleError(
    'MediaTypeUnsupported',
    `expected a body of ${Object.values(mediaTypes).join(', ')}, or ce- headers (found: ${type || 'none'})`,
  );
}

async function readCloudEvents(
  given: readonly unknown[],
  typeNames: () => Promise<readonly string[]>,
): Promise<Candidate[]> {
  const read = (isType: CloudEventReading['isType']): Candidate[] =>
    given.map((one, index) => readCloudEvent(one, index, { uuidOf, isType }));
  const events = read(isDeclared);
  if (events.every((one) => one instanceof TelltaleError || isDeclared(one.event_type))) return events;
  const names = new Set(await typeNames());
  return read((name) => names.has(name));
}

function readCloudEvent(given: unknown, index: number, reading: CloudEventReading): Candidate {
  try {
    return toEvent(given, reading);
  } catch (error) {
    if (!(error instanceof TelltaleError)) throw error;
    return new TelltaleError(error.code, `event ${index}: ${error.message}`, { ...error.place, index });
  }
}
