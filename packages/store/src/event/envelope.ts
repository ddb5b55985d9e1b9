/** Checks the envelope: the types of its fields and the known keys of metadata; further metadata keys are welcome. */
import { actorTypes, type EventInput, impacts, outcomes, severities, TelltaleError } from '@telltale/catalogue';
import { compileSchema, refuseData } from '../catalogue/validate.ts';
import { parseUuid } from './uuid.ts';

const shortText = { type: 'string', minLength: 1, maxLength: 255 };

const metadataSchema = {
  type: 'object',
  properties: {
    actor: {
      type: 'object',
      required: ['type', 'id'],
      properties: {
        type: { enum: actorTypes },
        id: shortText,
        name: { type: 'string' },
        ip_address: { type: 'string' },
      },
    },
    source: {
      type: 'object',
      required: ['service'],
      properties: {
        service: { type: 'string', minLength: 1, maxLength: 100 },
        version: { type: 'string' },
        environment: { type: 'string' },
        instance_id: { type: 'string' },
      },
    },
    request: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
    tenant: { type: 'object', required: ['id'], properties: { id: shortText, name: { type: 'string' } } },
    severity: { enum: severities },
    impact: { enum: impacts },
    compliance: {
      type: 'object',
      properties: {
        regulation: { type: 'array', items: { type: 'string' } },
        retention_years: { type: 'number', minimum: 0 },
        encrypted: { type: 'boolean' },
      },
    },
    tags: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

// `timestamp` may be a Date and is checked where it is parsed, `data` by its own schema, ids where they are parsed.
const validate = compileSchema(
  {
    type: 'object',
    required: ['event_type', 'data'],
    additionalProperties: false,
    properties: {
      event_type: { type: 'string', maxLength: 100 },
      data: { type: 'object' },
      event_id: { type: 'string' },
      timestamp: {},
      device_uuid: { type: ['string', 'null'] },
      aggregate_type: { type: 'string', minLength: 1, maxLength: 50 },
      aggregate_id: shortText,
      metadata: metadataSchema,
      correlation_id: { type: ['string', 'null'] },
      causation_id: { type: ['string', 'null'] },
      source: { type: ['string', 'null'], minLength: 1, maxLength: 100 },
      outcome: { enum: outcomes },
      schema_version: { type: 'integer', minimum: 1, maximum: 32_767 },
      traceparent: {
        type: ['string', 'null'],
        pattern: '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$',
        maxLength: 255,
      },
    },
  },
  'envelope',
);

/** @throws InvalidEvent with the pointer of the first wrong field. */
export function checkEnvelope(input: EventInput): void {
  if (!validate(input)) throw refuseData(validate, '', 'event');
}

/** @throws InvalidEvent unless it is a UUID. Returns it in lower case. */
export function requireUuid(value: unknown, pointer: string): string {
  const uuid = parseUuid(value);
  if (uuid === undefined) {
    throw new TelltaleError('InvalidEvent', `${pointer}: expected a UUID (found: ${String(value).slice(0, 60)})`, {
      pointer,
      expected: 'a UUID',
      found: value,
    });
  }
  return uuid;
}
