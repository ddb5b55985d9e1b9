/** What a store is opened with. */
import type { GroupOptions } from './append/group.ts';
import type { StoreConnection } from './database/connection.ts';
import type { PoolOptions } from './database/pg.ts';
import type { EventLimits } from './event/prepare.ts';

export interface EventStoreOptions extends PoolOptions {
  /** A connection string, a node-postgres Pool, or a `postgres` instance. */
  readonly connection: StoreConnection;
  readonly limits?: Partial<EventLimits>;
  readonly group?: Partial<GroupOptions>;
  /** How long an event_id is remembered: a PostgreSQL interval up to 7 days. Default 24 hours. */
  readonly dedupeWindow?: string;
  /** How far the server's clock may lead the log unexplained: a PostgreSQL interval. Default 1 hour. */
  readonly clockBound?: string;
  /** Milliseconds after which a search, or one statement of any other question, is given up with QueryTooExpensive. Default 10,000. */
  readonly queryTimeout?: number;
  /** Move the inbox, index what is recorded, make partitions and thin the ledger in this process. Default true. */
  readonly worker?: boolean;
  /** Told of what happens in the background: a database that is away, a log that runs ahead. Default: process warnings. */
  readonly onWarning?: (warning: unknown) => void;
}

/** What questions are bounded by, with defaults. */
export function boundsOf({ connection, queryTimeout, dedupeWindow }: EventStoreOptions): {
  readonly timeout: number;
  readonly stopsStatements: boolean;
  readonly dedupeWindow: string;
} {
  return {
    timeout: queryTimeout ?? 10_000,
    stopsStatements: typeof connection === 'string',
    dedupeWindow: dedupeWindow ?? '24 hours',
  };
}
