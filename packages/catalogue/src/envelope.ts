/** The envelope: what a publisher hands in, and what the log hands back. Times are UTC strings with six digits. */
import type { ActorType, Category, Impact, Outcome, Severity, Tier } from './word.ts';

/** Who triggered the event. */
export interface EventActor {
  type: ActorType;
  id: string;
  name?: string;
  ip_address?: string;
}

/** Which service sent the event. */
export interface EventSource {
  service: string;
  version: string;
  environment: string;
  instance_id?: string;
}

/** Context of an event: the specification's shape; further keys are kept as they are. */
export interface EventMetadata {
  actor?: EventActor;
  source?: EventSource;
  request?: { id: string; method?: string; path?: string; user_agent?: string };
  tenant?: { id: string; name: string };
  severity?: Severity;
  impact?: Impact;
  compliance?: { regulation: string[]; retention_years: number; encrypted: boolean };
  tags?: Record<string, string>;
  [key: string]: unknown;
}

/** What `publish` takes. Everything but `event_type` and `data` has a default. */
export interface EventInput<Name extends string = string, Data = unknown> {
  event_type: Name;
  data: Data;
  /** UUID; the library makes a UUIDv7. Give your own to make a retry safe. */
  event_id?: string;
  /** When it happened: a Date, or RFC 3339 with an offset, up to six digits. Default: now. */
  timestamp?: string | Date;
  /** The device it happened on. Default: `aggregate_id` when the aggregate is a device. */
  device_uuid?: string | null;
  /** Default: the event type's aggregate. */
  aggregate_type?: string;
  /** Default: the device. */
  aggregate_id?: string;
  metadata?: EventMetadata;
  correlation_id?: string | null;
  causation_id?: string | null;
  /** Short name of the sender; default `metadata.source.service`. */
  source?: string | null;
  outcome?: Outcome;
  schema_version?: number;
  /** W3C Trace Context, as sent. */
  traceparent?: string | null;
}

/** A recorded event. */
export interface Event<Name extends string = string, Data = unknown> {
  event_id: string;
  event_type: Name;
  timestamp: string;
  recorded_at: string;
  aggregate_type: string;
  aggregate_id: string;
  device_uuid: string | null;
  shard_key: string;
  tenant: string | null;
  data: Data;
  metadata: EventMetadata;
  actor_type: ActorType | null;
  actor_id: string | null;
  severity: Severity;
  impact: Impact | null;
  outcome: Outcome | null;
  category: Category;
  retention_tier: Tier;
  correlation_id: string | null;
  causation_id: string | null;
  source: string | null;
  schema_version: number;
  traceparent: string | null;
  log: number;
  position: number;
  tier_position: number;
  stream_version: number | null;
  /** Hex SHA-256 over the content hash and the event's place in the log. */
  checksum: string;
}

/** What `publish` answers. `pending` events are durable in the inbox and get their place in the log after commit. */
export type Receipt =
  | {
      status: 'stored' | 'duplicate';
      event_id: string;
      log: number;
      position: number;
      tier_position: number;
      recorded_at: string;
      stream_version: number | null;
      /** Hex SHA-256 of the canonical content: keep it, and anybody can later show what you published. */
      content_hash: string;
    }
  | { status: 'pending'; event_id: string };
