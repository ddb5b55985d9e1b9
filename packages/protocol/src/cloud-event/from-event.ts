/** Writes a recorded event as a CloudEvent; what came in as one comes out with its own words. */
import { type ActorType, isObject, type Severity } from '@telltale/catalogue';
import type { CloudEvent } from '../shape/cloud-event.ts';
import type { WireEvent } from '../shape/event.ts';
import { attributeName, authTypes, keptUnder, schemaUrn, severityNumbers } from './attribute.ts';

export function fromEvent(event: WireEvent): CloudEvent {
  const metadata = event.metadata as Readonly<Record<string, unknown>>;
  const attributes: Record<string, unknown> = {
    id: event.event_id,
    source: sourceOf(event, metadata),
    type: event.event_type,
    dataschema: `${schemaUrn}${event.event_type}:${event.schema_version}`,
    correlationid: event.correlation_id,
    causationid: event.causation_id,
    ...(event.actor_type !== null && { authtype: authTypes[event.actor_type as ActorType], authid: event.actor_id }),
    ...keptWords(metadata[keptUnder]),
    ...recordedAttributes(event),
    dataregulation: regulationOf(metadata['compliance']),
    metadata: restOf(metadata),
    specversion: '1.0',
    datacontenttype: 'application/json',
    data: event.data,
  };
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value != null)) as unknown as CloudEvent;
}

/** Anybody may write into metadata: only what can be an attribute goes out. */
function keptWords(kept: unknown): Record<string, unknown> {
  if (!isObject(kept)) return {};
  return Object.fromEntries(
    Object.entries(kept).filter(([name, value]) => attributeName.test(name) && typeof value !== 'object'),
  );
}

function recordedAttributes(event: WireEvent): Record<string, unknown> {
  const isDevice = event.aggregate_type === 'device';
  return {
    time: event.timestamp,
    recordedtime: event.recorded_at,
    subject: event.aggregate_id,
    aggregatetype: isDevice ? null : event.aggregate_type,
    deviceuuid: isDevice ? null : event.device_uuid,
    partitionkey: event.shard_key,
    // Sixteen digits, so that they sort as text; a place in the log is not for everybody.
    sequence: event.position === undefined ? null : String(event.position).padStart(16, '0'),
    severitynumber: severityNumbers[event.severity as Severity],
    severitytext: event.severity,
    outcome: event.outcome,
    tenantid: event.tenant,
    traceparent: event.traceparent,
  };
}

function sourceOf(event: WireEvent, metadata: Readonly<Record<string, unknown>>): string {
  const source = isObject(metadata['source']) ? metadata['source'] : {};
  const { service, instance_id: instance } = source;
  const name = typeof service === 'string' ? service : (event.source ?? 'telltale');
  const parts = typeof instance === 'string' ? [name, instance] : [name];
  return `/svc/${parts.map(encodeURIComponent).join('/')}`;
}

function regulationOf(compliance: unknown): string | null {
  const regulation = isObject(compliance) ? compliance['regulation'] : undefined;
  return Array.isArray(regulation) && regulation.length > 0 ? regulation.join(',') : null;
}

/** As JSON, what no attribute says. */
function restOf(metadata: Readonly<Record<string, unknown>>): string | null {
  const { actor, tenant, source, severity: _severity, [keptUnder]: _kept, ...rest } = metadata;
  // Of these three, attributes say the ids alone.
  const more = Object.entries({ actor, tenant, source }).filter(([, value]) => saysMore(value));
  const all = { ...rest, ...Object.fromEntries(more) };
  return Object.keys(all).length === 0 ? null : JSON.stringify(all);
}

const said = new Set(['type', 'id', 'service', 'instance_id']);

function saysMore(value: unknown): boolean {
  return isObject(value) && Object.entries(value).some(([name, text]) => !said.has(name) && text !== value['id']);
}
