/** What a server is set up with: every option with its default and unit. */
import type { AnyEventStore } from '@telltale/store';
import type { LiveOptions } from './live/option.ts';

export interface IdentityOptions {
  /** Address of a JWKS for RS256, ES256 and EdDSA. Without one, tokens are HS256 with `secret`. */
  readonly jwks?: string;
  readonly issuer?: string;
  readonly audience?: string;
  /** Seconds that clocks may differ. Default 30. */
  readonly clockSkew?: number;
  /** Tokens without a tenant see everything. Default false: such a token is refused. */
  readonly singleTenant?: boolean;
}

export interface Limits {
  /** Bytes of one request's body; NDJSON is not bounded by it, only its lines. Default 16 MiB. */
  readonly bodyBytes: number;
  /** Events that one call of the store may publish. Default 10,000. */
  readonly batchEvents: number;
  /** Bytes of all bodies to be published that the server holds at once; beyond it publishing is refused. Default 64 MiB. */
  readonly pendingBytes: number;
  /** Requests of one token's subject in a minute. Default 60,000. */
  readonly requestsPerMinute: number;
  /** Seconds in which the head of a request must have come. Default 10. */
  readonly headSeconds: number;
  /** Seconds in which its body must have come; NDJSON may take any time, but not pause for longer. Default 60. */
  readonly bodySeconds: number;
  /** Seconds for which a client may take nothing of an answer that is ready. Default 60. */
  readonly answerSeconds: number;
  /** Seconds that one call of the store may take before the request is answered without it. Default 60. */
  readonly storeSeconds: number;
  /** Seconds that running requests get to end when the server stops. Default 20. */
  readonly stopSeconds: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 16 * 1024 * 1024,
  batchEvents: 10_000,
  pendingBytes: 64 * 1024 * 1024,
  requestsPerMinute: 60_000,
  headSeconds: 10,
  bodySeconds: 60,
  answerSeconds: 60,
  storeSeconds: 60,
  stopSeconds: 20,
};

export interface AuditOptions {
  /**
   * Seconds in which reads by one subject with one call are recorded once, with their number. Default 60; 0 records
   * every one.
   */
  readonly everySeconds: number;
}

export const defaultAudit: AuditOptions = { everySeconds: 60 };

export interface LogOptions {
  /** The mildest that is written: `trace` to `fatal`, or `silent`. Default `info`: a line a request. */
  readonly level?: string;
  /** Where lines go. Default: standard output. */
  readonly stream?: { write(line: string): void };
}

export interface MetricOptions {
  /** Seconds for which what the database says of itself is kept. Default 10. */
  readonly cacheSeconds: number;
  /** Whether /metrics answers without a token, for a scraper that has none. Default false. */
  readonly open: boolean;
}

export const defaultMetrics: MetricOptions = { cacheSeconds: 10, open: false };

export interface ReadyOptions {
  /** Positions that the index of searches, and the counts of devices, may be behind. Default 200,000: 20 seconds of 10,000 events a second. */
  readonly indexLag: number;
  /** Seconds that an event of a transaction may wait for its place in the log. Default 60. */
  readonly inboxSeconds: number;
  /** Seconds that the reader of the live streams may be away from the head of the log. Default 30. */
  readonly liveSeconds: number;
}

export const defaultReady: ReadyOptions = { indexLag: 200_000, inboxSeconds: 60, liveSeconds: 30 };

export interface ServerOptions {
  /** The caller's; the server does not close it. */
  readonly store: AnyEventStore;
  /** At least 32 characters; signs tickets and seals cursors, and checks HS256 tokens. There is no default. */
  readonly secret: string;
  readonly identity?: IdentityOptions;
  readonly limits?: Partial<Limits>;
  readonly live?: Partial<LiveOptions>;
  /** How reads by people are recorded; false: not at all. */
  readonly audit?: Partial<AuditOptions> | false;
  readonly metrics?: Partial<MetricOptions>;
  /** From when on /readyz says no. */
  readonly ready?: Partial<ReadyOptions>;
  /** Of a server of its own; a plugin writes to its app's log. */
  readonly log?: LogOptions;
}
