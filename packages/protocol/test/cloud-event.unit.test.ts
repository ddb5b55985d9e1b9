/** A CloudEvent becomes an event and a CloudEvent again, and nothing of it is lost. */
import { describe, expect, test } from 'vitest';
import { fromEvent, readBinary, toEvent, type WireEvent } from '../src/index.ts';

const press = '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11';
const uuid = '0192f0c1-7a52-7c3e-9b1a-00000000cafe';
const reading = {
  uuidOf: (text: string) => `uuid of ${text}`,
  isType: (name: string) => ['device.online', 'press.part.jammed', 'job.failed'].includes(name),
};
const least = { specversion: '1.0', id: uuid, source: '/svc/gateway', type: 'device.online' };

/** The event as it would be recorded. */
function recorded(given: object): WireEvent {
  const event = toEvent(given, reading);
  const { metadata = {} } = event;
  return {
    outcome: null,
    traceparent: null,
    correlation_id: null,
    causation_id: null,
    source: null,
    schema_version: 1,
    aggregate_type: 'device',
    aggregate_id: press,
    device_uuid: press,
    ...event,
    shard_key: press,
    recorded_at: '2026-01-01T00:00:00.000000Z',
    tenant: metadata.tenant?.id ?? null,
    actor_type: metadata.actor?.type ?? null,
    actor_id: metadata.actor?.id ?? null,
    severity: metadata.severity ?? 'info',
    metadata,
  } as unknown as WireEvent;
}

describe('what goes in comes out', () => {
  test.each([
    ['ids that are no UUIDs', { id: 'a b', correlationid: 'c1', causationid: 'a a' }],
    ['a source that is no service', { source: 'https://example.org/x?y=1' }],
    ['a service with an instance', { source: '/svc/gate%2Fway/gw%201' }],
    ['a prefix', { type: 'com.example.press.part.jammed' }],
    ['an actor', { authtype: 'service_account', authid: 'nightly' }],
    ['an actor of another kind', { authtype: 'unauthenticated' }],
    ['a tenant', { tenantid: 'acme' }],
    ['a schema of its own', { dataschema: 'https://example.org/schema' }],
    ['a schema of ours', { dataschema: 'urn:telltale:event-type:device.online:3' }],
    ['a severity', { severitynumber: 18, severitytext: 'critical' }],
    ['regulations', { dataregulation: 'GDPR,HIPAA' }],
    ['another aggregate', { aggregatetype: 'job', subject: 'job-42', deviceuuid: press, type: 'job.failed' }],
    ['a trace and an outcome', { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, outcome: 'failure' }],
    ['metadata', { metadata: '{"tags":{"site":"lab"},"actor":{"name":"Anna"}}', authtype: 'app_user', authid: 'anna' }],
    ['anything else', { sampledrate: 5, tracestate: 'x=1', urgent: true }],
  ])('%s', (_, attributes) => {
    const { metadata, ...rest } = { metadata: undefined, ...attributes };
    const out = fromEvent(recorded({ ...least, ...attributes }));

    expect(out).toMatchObject({ ...least, ...rest });
    if (metadata !== undefined) {
      expect(recorded(out).metadata).toMatchObject(recorded({ ...least, ...attributes }).metadata);
    }
  });
});

test('what somebody writes into metadata cannot pass for an attribute of ours', () => {
  const event = recorded(least);
  const forged = { ...event, metadata: { cloudevent: { specversion: '9', data: 1, subject: 'x', Bad: 1, deep: {} } } };

  expect(fromEvent(forged)).toMatchObject({ specversion: '1.0', subject: press, data: {} });
  expect(Object.keys(fromEvent(forged))).not.toContain('Bad');
});

test.each([
  [1, 'debug'],
  [8, 'debug'],
  [9, 'info'],
  [13, 'warning'],
  [16, 'warning'],
  [17, 'error'],
  [18, 'critical'],
  [24, 'critical'],
  [25, undefined],
])('severity %d is %s', (severitynumber, severity) => {
  expect(toEvent({ ...least, severitynumber }, reading).metadata?.severity).toBe(severity);
});

test('headers of the binary mode lose their quotes and their encoding, and the body is the data', () => {
  const headers = {
    'ce-specversion': '1.0',
    'ce-subject': '"a \\"b\\" %E2%82%AC%zz%ff"',
    'ce-datacontenttype': 'text/plain',
    'content-type': 'application/json',
    authorization: 'Bearer x',
  };

  expect(readBinary(headers, { a: 1 })).toEqual({
    specversion: '1.0',
    subject: 'a "b" €%zz%ff',
    datacontenttype: 'application/json',
    data: { a: 1 },
  });
});
