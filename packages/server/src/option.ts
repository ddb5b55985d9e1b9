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
  /** Bytes of one request's body; NDJSON is not bounded by it, only its lines. */
  readonly bodyBytes: number;
}

export const defaultLimits: Limits = { bodyBytes: 16 * 1024 * 1024 };

export interface ServerOptions {
  /** The caller's; the server does not close it. */
  readonly store: AnyEventStore;
  /** At least 32 characters; signs tickets and seals cursors, and checks HS256 tokens. There is no default. */
  readonly secret: string;
  readonly identity?: IdentityOptions;
  readonly limits?: Partial<Limits>;
  readonly live?: Partial<LiveOptions>;
}
