/** Reads a CloudEvent's attributes as the metadata of an event. */
import { type EventMetadata, isObject } from '@telltale/catalogue';
import { actorTypeOf, keptUnder, refuseAttribute, serviceSource, severityOf } from './attribute.ts';

type Attributes = Readonly<Record<string, unknown>>;

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (value: unknown): value is string => typeof value === 'string' && uuidForm.test(value);
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** What is read into the envelope, or is ours to say; anything else is kept as it is. */
const read = new Set(
  `specversion id source type subject time datacontenttype dataschema data data_base64 correlationid causationid
  severitynumber severitytext authtype authid tenantid outcome traceparent deviceuuid aggregatetype dataregulation
  metadata partitionkey sequence recordedtime`.split(/\s+/),
);

export function decode(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What the event's own fields say already. */
interface Said {
  readonly type: string;
  readonly hasVersion: boolean;
}

export function metadataOf(attributes: Attributes, said: Said): EventMetadata | undefined {
  const { authtype, authid, tenantid, severitynumber, dataregulation } = attributes;
  const actor = actorTypeOf.get(authtype);
  const severity = severityOf(Number(severitynumber));
  const kept = keptOf(attributes, said);
  const rest = restOf(attributes['metadata']);
  const metadata: Record<string, unknown> = {
    ...serviceOf(attributes['source'] as string),
    ...rest,
    ...(actor !== undefined && isText(authid) && { actor: { ...partOf(rest, 'actor'), type: actor, id: authid } }),
    ...(isText(tenantid) && { tenant: { name: tenantid, ...partOf(rest, 'tenant'), id: tenantid } }),
    ...(severity !== undefined && { severity }),
    ...(isText(dataregulation) && {
      compliance: { ...partOf(rest, 'compliance'), regulation: dataregulation.split(',') },
    }),
    ...(Object.keys(kept).length > 0 && { [keptUnder]: kept }),
  };
  return Object.keys(metadata).length === 0 ? undefined : metadata;
}

function serviceOf(source: string): { source?: Record<string, unknown> } {
  const [, service, instance] = serviceSource.exec(source) ?? [];
  if (service === undefined) return {};
  return { source: { service: decode(service), ...(instance !== undefined && { instance_id: decode(instance) }) } };
}

function partOf(rest: Readonly<Record<string, unknown>>, name: string): object {
  return isObject(rest[name]) ? rest[name] : {};
}

/** Metadata that has no attribute of its own travels as JSON. */
function restOf(text: unknown): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const rest: unknown = JSON.parse(text as string);
    if (isObject(rest)) return rest;
  } catch {
    // Said below, like any other value that is no object.
  }
  throw refuseAttribute('/metadata', 'a JSON object', text);
}

/** What comes out again as it came in, and is not said by the envelope. */
function keptOf(attributes: Attributes, said: Said): Record<string, unknown> {
  const { id, source, type, dataschema, correlationid, causationid, authtype, authid } = attributes;
  const isActor = actorTypeOf.has(authtype) && isText(authid);
  const kept: Record<string, unknown> = {
    id: isUuid(id) ? undefined : id,
    source: serviceSource.test(source as string) ? undefined : source,
    type: type === said.type ? undefined : type,
    dataschema: said.hasVersion ? undefined : dataschema,
    correlationid: isUuid(correlationid) ? undefined : correlationid,
    causationid: isUuid(causationid) ? undefined : causationid,
    authtype: isActor ? undefined : authtype,
    authid: isActor ? undefined : authid,
    ...Object.fromEntries(Object.entries(attributes).filter(([name]) => !read.has(name))),
  };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}
