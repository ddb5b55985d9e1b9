/** Events on the wire: what is published, what is recorded, and what a publisher is answered. */
import { actorTypes, categories, impacts, outcomes, severities, tiers } from '@telltale/catalogue';
import { type Static, Type } from 'typebox';

export const uuid = Type.String({ format: 'uuid' });
export const instant = Type.String({ description: 'RFC 3339 with an offset, up to six digits of a second' });
export const cursor = Type.String({ minLength: 1, maxLength: 8192, description: 'opaque; of the same question' });
const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
const word = (words: readonly string[]) => Type.Enum([...words]);

const metadata = Type.Object({}, { additionalProperties: true, description: 'EventMetadata of the specification' });

/** What `publish` takes. The store's own checks say precisely what is wrong; here stands its form. */
export const eventInput = Type.Object(
  {
    event_type: Type.String({ minLength: 1, maxLength: 100 }),
    data: Type.Object({}, { additionalProperties: true }),
    event_id: Type.Optional(uuid),
    timestamp: Type.Optional(instant),
    device_uuid: Type.Optional(nullable(uuid)),
    aggregate_type: Type.Optional(Type.String()),
    aggregate_id: Type.Optional(Type.String()),
    metadata: Type.Optional(metadata),
    correlation_id: Type.Optional(nullable(uuid)),
    causation_id: Type.Optional(nullable(uuid)),
    source: Type.Optional(nullable(Type.String())),
    outcome: Type.Optional(word(outcomes)),
    schema_version: Type.Optional(Type.Integer({ minimum: 1 })),
    traceparent: Type.Optional(nullable(Type.String())),
  },
  { additionalProperties: false, title: 'EventInput' },
);

/** A recorded event. Places in the log, and the checksum over them, are left out for a token confined to a tenant. */
export const event = Type.Object(
  {
    event_id: uuid,
    event_type: Type.String(),
    timestamp: instant,
    recorded_at: instant,
    aggregate_type: Type.String(),
    aggregate_id: Type.String(),
    device_uuid: nullable(uuid),
    shard_key: uuid,
    tenant: nullable(Type.String()),
    data: Type.Unknown(),
    metadata,
    actor_type: nullable(word(actorTypes)),
    actor_id: nullable(Type.String()),
    severity: word(severities),
    impact: nullable(word(impacts)),
    outcome: nullable(word(outcomes)),
    category: word(categories),
    retention_tier: word(tiers),
    correlation_id: nullable(uuid),
    causation_id: nullable(uuid),
    source: nullable(Type.String()),
    schema_version: Type.Integer(),
    traceparent: nullable(Type.String()),
    log: Type.Optional(Type.Integer()),
    position: Type.Optional(Type.Integer()),
    tier_position: Type.Optional(Type.Integer()),
    stream_version: nullable(Type.Integer()),
    checksum: Type.Optional(Type.String()),
  },
  { title: 'Event' },
);
export type WireEvent = Static<typeof event>;

export const receipt = Type.Object(
  {
    status: Type.Enum(['stored', 'duplicate', 'pending']),
    event_id: uuid,
    log: Type.Optional(Type.Integer()),
    position: Type.Optional(Type.Integer()),
    tier_position: Type.Optional(Type.Integer()),
    recorded_at: Type.Optional(instant),
    stream_version: Type.Optional(nullable(Type.Integer())),
    content_hash: Type.Optional(Type.String()),
  },
  { title: 'Receipt' },
);
