/** Who calls: what a token or a ticket says, once it is believed. */
import type { Role } from '@telltale/protocol';

export interface Identity {
  readonly subject: string;
  readonly name: string | null;
  readonly roles: readonly Role[];
  /** Null: all tenants. */
  readonly tenant: string | null;
  /** Of a device's token: the one device that it is. */
  readonly device: string | null;
  /** When the token ends, in seconds since 1970; a stream ends with it. Null where there is none. */
  readonly expires?: number | null;
}
