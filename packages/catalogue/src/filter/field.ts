/** The fields that a filter may name: the one allow-list, with how each is read from an event. SQL has its own half: store/search. */
import type { Event } from '../envelope.ts';
import { actorTypes, categories, impacts, outcomes, severities, tiers } from '../word.ts';
import { valueAt } from './path.ts';

/**
 * What values a field has: `type` and `text` are strings with wildcards, `word` is one of a list, `uuid`, `time`,
 * `integer` are what they say, `json` is any value of a document.
 */
export type FieldKind = 'type' | 'text' | 'word' | 'uuid' | 'time' | 'integer' | 'json';

export interface FieldEntry {
  readonly kind: FieldKind;
  /** One line for the reference page. */
  readonly about: string;
  /** Name of the same thing in the envelope, for those who write that. */
  readonly envelope?: string;
  /** The words of a `word` field. */
  readonly words?: readonly string[];
  /** Whether `>` and its like compare its words by their order. */
  readonly ordered?: boolean;
  /** What follows the name behind a dot: one name, or keys into a document. */
  readonly path?: 'name' | 'keys';
  /** Its value: null or undefined when the event has none. */
  readonly read: (event: Event, path: readonly string[]) => unknown;
}

export const filterFields = {
  type: { kind: 'type', about: 'Event type.', envelope: 'event_type', read: (event) => event.event_type },
  category: {
    kind: 'word',
    about: 'What the event type is about.',
    words: categories,
    read: (event) => event.category,
  },
  severity: {
    kind: 'word',
    about: 'Severity, from `debug` to `critical`.',
    words: severities,
    ordered: true,
    read: (event) => event.severity,
  },
  outcome: { kind: 'word', about: 'How it ended.', words: outcomes, read: (event) => event.outcome },
  impact: { kind: 'word', about: 'Impact.', words: impacts, ordered: true, read: (event) => event.impact },
  tier: {
    kind: 'word',
    about: 'Retention tier.',
    envelope: 'retention_tier',
    words: tiers,
    read: (event) => event.retention_tier,
  },
  device: {
    kind: 'uuid',
    about: 'The device it happened on.',
    envelope: 'device_uuid',
    read: (event) => event.device_uuid,
  },
  'aggregate.type': {
    kind: 'text',
    about: 'Kind of thing it belongs to: `device`, `job`, `user`.',
    envelope: 'aggregate_type',
    read: (event) => event.aggregate_type,
  },
  'aggregate.id': {
    kind: 'text',
    about: 'The thing it belongs to; for a device, its UUID.',
    envelope: 'aggregate_id',
    read: (event) => event.aggregate_id,
  },
  'actor.type': {
    kind: 'word',
    about: 'Kind of who triggered it.',
    envelope: 'actor_type',
    words: actorTypes,
    read: (event) => event.actor_type,
  },
  'actor.id': { kind: 'text', about: 'Who triggered it.', envelope: 'actor_id', read: (event) => event.actor_id },
  source: { kind: 'text', about: 'Short name of the sender.', read: (event) => event.source },
  service: {
    kind: 'text',
    about: '`metadata.source.service`.',
    read: (event) => event.metadata.source?.service,
  },
  environment: {
    kind: 'text',
    about: '`metadata.source.environment`.',
    read: (event) => event.metadata.source?.environment,
  },
  tenant: { kind: 'text', about: 'Id of the tenant.', read: (event) => event.tenant },
  tag: {
    kind: 'text',
    about: 'A tag: `tag.site`; everything behind the first dot is its name.',
    path: 'name',
    read: (event, path) => valueAt(event.metadata.tags, path),
  },
  correlation: {
    kind: 'uuid',
    about: 'Correlation id.',
    envelope: 'correlation_id',
    read: (event) => event.correlation_id,
  },
  causation: {
    kind: 'uuid',
    about: 'Id of the event that caused it.',
    envelope: 'causation_id',
    read: (event) => event.causation_id,
  },
  event: { kind: 'uuid', about: 'Id of the event.', envelope: 'event_id', read: (event) => event.event_id },
  timestamp: { kind: 'time', about: "When it happened, by the producer's clock.", read: (event) => event.timestamp },
  recorded_at: {
    kind: 'time',
    about: "When the log took it, by the server's clock.",
    read: (event) => event.recorded_at,
  },
  log: { kind: 'integer', about: 'Number of the log.', read: (event) => event.log },
  position: { kind: 'integer', about: 'Position in its log.', read: (event) => event.position },
  version: {
    kind: 'integer',
    about: 'Version of the schema.',
    envelope: 'schema_version',
    read: (event) => event.schema_version,
  },
  traceparent: { kind: 'text', about: 'W3C Trace Context, as sent.', read: (event) => event.traceparent },
  data: {
    kind: 'json',
    about: 'A value of the data: `data.value`, `data.items.0.name`.',
    path: 'keys',
    read: (event, path) => valueAt(event.data, path),
  },
  metadata: {
    kind: 'json',
    about: 'A value of the metadata: `metadata.request.path`.',
    path: 'keys',
    read: (event, path) => valueAt(event.metadata, path),
  },
} as const satisfies Record<string, FieldEntry>;

export type FieldName = keyof typeof filterFields;

/** The entry of a field, as every field has it. */
export function fieldEntry(name: FieldName): FieldEntry {
  return filterFields[name];
}

export const fieldNames = Object.keys(filterFields) as FieldName[];

/** Whether a name is one of the table; only own keys count, so `constructor` is none. */
export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(filterFields, name);
}
