/** Recognises what the caller connects with: an address, a node-postgres Pool or client, or a `postgres` instance. */
import { TelltaleError } from '@telltale/catalogue';
import type { Database, Session } from './database.ts';
import { connectPg, type PgClient, type PgPool, type PoolOptions, pgDatabase, pgSession } from './pg.ts';
import { type PostgresPool, type PostgresSql, postgresDatabase, postgresSession } from './postgres.ts';

/** A pool as the caller has it; typed loosely, because their copy of the driver may be another version. */
export type StoreConnection = string | PgPool | PostgresPool;

/** A client inside a transaction of the caller's. */
export type StoreTransaction = PgClient | PostgresSql;

const isPostgres = (value: unknown): value is PostgresSql =>
  typeof value === 'function' && typeof (value as unknown as PostgresSql).unsafe === 'function';

const isPg = (value: unknown): value is PgClient =>
  typeof value === 'object' && value !== null && typeof (value as PgClient).query === 'function';

/** @throws InvalidArgument for anything else. */
export function openDatabase(connection: StoreConnection, options: PoolOptions = {}): Database {
  if (typeof connection === 'string') return connectPg(connection, options);
  if (isPostgres(connection)) return postgresDatabase(connection);
  if (isPg(connection) && typeof connection.connect === 'function') return pgDatabase(connection, false);
  throw new TelltaleError(
    'InvalidArgument',
    `connection: expected a connection string, a pg Pool or a postgres instance (found: ${typeof connection})`,
  );
}

/** @throws InvalidArgument */
export function openTransaction(transaction: StoreTransaction): Session {
  if (isPostgres(transaction)) return postgresSession(transaction);
  if (isPg(transaction)) return pgSession(transaction);
  throw new TelltaleError(
    'InvalidArgument',
    `transaction: expected a pg client or a postgres transaction (found: ${typeof transaction})`,
  );
}
