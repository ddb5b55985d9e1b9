/** What happened to the log itself: read, exported, filled from elsewhere, taught a type, shortened. */
import { Type } from 'typebox';
import { eventType } from '../event-type.ts';
import { closed, count, instant, metadata, milliseconds, name, sha256, text, url } from '../field.ts';

const place = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const log = Type.Integer({ minimum: 0, maximum: 32_767 });
const tier = Type.Enum(['critical', 'important', 'standard', 'debug']);

const exported = {
  format: Type.Enum(['json', 'ndjson', 'csv', 'parquet', 'avro']),
  event_count: count,
  file_size: Type.Optional(count),
  file_url: Type.Optional(url),
  sha256: Type.Optional(sha256),
  criteria: Type.Optional(metadata),
  purpose: Type.Optional(text),
  duration_ms: Type.Optional(milliseconds),
};

const read = {
  call: name,
  criteria: Type.Optional(metadata),
  event_count: Type.Optional(count),
  purpose: Type.Optional(text),
  duration_ms: Type.Optional(milliseconds),
};

export const audit = [
  eventType({
    name: 'audit.events_read',
    version: 2,
    aggregate: 'log',
    description: 'Somebody read recorded events.',
    category: 'audit',
    severity: 'info',
    tier: 'critical',
    days: 2555,
    // read_count: for how many reads it stands, when there are too many to record each. Then the criteria are those of
    // the last one, event_count and duration_ms of all together.
    schema: closed({
      ...read,
      read_count: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
    }),
    previous: [{ version: 1, schema: closed(read), upcast: (data) => data }],
    // What somebody searched for can name a person.
    personal: ['/criteria', '/purpose'],
    summary: 'Events read by {call}[, {event_count} events]',
    icon: 'eye',
    valid: [
      { call: 'search', criteria: { severity: ['error'] }, event_count: 41 },
      { call: 'getDeviceTimeline' },
      { call: 'searchEvents', event_count: 12, read_count: 12 },
    ],
    invalid: [
      { data: { event_count: 41 }, pointer: '' },
      { data: { call: 'search', event_count: -1 }, pointer: '/event_count' },
      { data: { call: 'search', read_count: 0 }, pointer: '/read_count' },
    ],
  }),
  eventType({
    name: 'audit.exported',
    version: 2,
    aggregate: 'export',
    description: 'Recorded events were exported to a file.',
    category: 'audit',
    severity: 'warning',
    tier: 'critical',
    days: 2555,
    // call: what they were read with; export_count: for how many exports it stands, as read_count of audit.events_read.
    schema: closed({
      ...exported,
      call: Type.Optional(name),
      export_count: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
    }),
    previous: [{ version: 1, schema: closed(exported), upcast: (data) => data }],
    personal: ['/criteria', '/purpose'],
    summary: '{event_count} events exported as {format}',
    icon: 'file-export',
    valid: [
      { format: 'parquet', event_count: 120000, file_size: 4812331 },
      { format: 'json', event_count: 0, criteria: { deviceUuid: '0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11' } },
    ],
    invalid: [
      { data: { format: 'json' }, pointer: '' },
      { data: { format: 'pdf', event_count: 3 }, pointer: '/format' },
    ],
  }),
  eventType({
    name: 'log.imported',
    aggregate: 'log',
    description: 'Older events were imported into a log of their own.',
    category: 'audit',
    severity: 'warning',
    tier: 'critical',
    days: 2555,
    schema: closed({
      import_id: name,
      log: Type.Optional(log),
      event_count: count,
      refused_count: Type.Optional(count),
      mismatched_checksum_count: Type.Optional(count),
      first_position: Type.Optional(place),
      last_position: Type.Optional(place),
      first_timestamp: Type.Optional(instant),
      last_timestamp: Type.Optional(instant),
      origin: Type.Optional(text),
      sha256: Type.Optional(sha256),
      duration_ms: Type.Optional(milliseconds),
    }),
    summary: '{event_count} events imported[ from {origin}]',
    icon: 'database-import',
    valid: [
      {
        import_id: 'azure-pdm',
        log: 2,
        event_count: 8066,
        first_position: 1,
        last_position: 8066,
        origin: 'CSV files',
      },
      { import_id: 'adopt-1', event_count: 41000, mismatched_checksum_count: 1 },
    ],
    invalid: [
      { data: { event_count: 8066 }, pointer: '' },
      { data: { import_id: 'azure-pdm', event_count: 8066, log: -1 }, pointer: '/log' },
    ],
  }),
  eventType({
    name: 'event_type.registered',
    aggregate: 'event_type',
    description: 'An event type, or a new schema version of one, was registered at run time.',
    category: 'audit',
    severity: 'info',
    tier: 'critical',
    days: 2555,
    schema: closed({
      event_type: Type.String({ pattern: '^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)+$', maxLength: 100 }),
      schema_version: place,
      schema_sha256: Type.Optional(sha256),
      aggregate_type: Type.Optional(name),
      retention_tier: Type.Optional(tier),
      retention_days: Type.Optional(Type.Union([count, Type.Null()])),
      description: Type.Optional(text),
    }),
    summary: 'Event type {event_type} registered, version {schema_version}',
    icon: 'file-plus',
    valid: [
      { event_type: 'bgl.kernel_fault', schema_version: 1, retention_tier: 'standard', retention_days: 90 },
      { event_type: 'pump.primed', schema_version: 2, aggregate_type: 'device', retention_days: null },
    ],
    invalid: [
      { data: { event_type: 'pump.primed' }, pointer: '' },
      { data: { event_type: 'PumpPrimed', schema_version: 1 }, pointer: '/event_type' },
    ],
  }),
  eventType({
    name: 'partition.dropped',
    aggregate: 'log',
    description: 'Retention dropped a partition of recorded events.',
    category: 'audit',
    severity: 'warning',
    tier: 'critical',
    days: 2555,
    schema: closed({
      partition: Type.String({ minLength: 1, maxLength: 63 }),
      retention_tier: tier,
      event_count: count,
      from: Type.Optional(instant),
      to: Type.Optional(instant),
      floors: Type.Optional(
        Type.Array(closed({ log, tier_position: count, event_count: Type.Optional(count) }), { maxItems: 4096 }),
      ),
      size_bytes: Type.Optional(count),
      reason: Type.Optional(text),
    }),
    summary: 'Partition {partition} with {event_count} events dropped[: {reason}]',
    icon: 'scissors',
    valid: [
      { partition: 'events_debug_2025_11_07', retention_tier: 'debug', event_count: 61204 },
      {
        partition: 'events_standard_2025_w33',
        retention_tier: 'standard',
        event_count: 812,
        from: '2025-08-11T00:00:00Z',
        to: '2025-08-18T00:00:00Z',
        floors: [{ log: 1, tier_position: 812 }],
      },
    ],
    invalid: [
      { data: { partition: 'events_debug_2025_11_07', event_count: 61204 }, pointer: '' },
      { data: { partition: 'p', retention_tier: 'gold', event_count: 1 }, pointer: '/retention_tier' },
    ],
  }),
] as const;
