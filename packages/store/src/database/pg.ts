/** The driver seam over node-postgres: a pool of our own, the caller's Pool, or one client inside a transaction. */
import pg from 'pg';
import type { Database, Query, Session, Value } from './database.ts';
import { toTelltaleError } from './error.ts';

/** What we need of a node-postgres client; the caller's copy of the package may be another. */
export interface PgClient {
  query(config: { text: string; name?: string; values?: unknown[] }): Promise<{ rows: unknown[] }>;
}

export interface PgPool extends PgClient {
  connect(): Promise<PgClient & { release(destroy?: boolean): void }>;
  end(): Promise<void>;
  readonly totalCount?: number;
  readonly idleCount?: number;
  readonly waitingCount?: number;
  readonly options?: { readonly max?: number };
}

function toBinary(value: Value): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  return value.binary();
}

/** A session on one client; arrays go over the wire in binary, which costs neither side any escaping. */
export function pgSession(client: PgClient): Session {
  return {
    async query<Row extends object>(query: Query, values: readonly Value[] = []): Promise<Row[]> {
      try {
        const result = await client.query({ ...query, values: values.map(toBinary) });
        return result.rows as Row[];
      } catch (error) {
        throw toTelltaleError(error);
      }
    },
    async script(text: string): Promise<void> {
      try {
        await client.query({ text });
      } catch (error) {
        throw toTelltaleError(error);
      }
    },
  };
}

/** Runs work on one borrowed client; a client that saw an error in BEGIN or ROLLBACK is thrown away. */
async function borrow<Result>(
  pool: PgPool,
  work: (session: Session) => Promise<Result>,
  within: boolean,
): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toTelltaleError(error);
  });
  const session = pgSession(client);
  let broken = false;
  try {
    if (within) await session.script('begin isolation level read committed');
    const result = await work(session);
    if (within) await session.script('commit');
    return result;
  } catch (error) {
    if (within) {
      await session.script('rollback').catch(() => {
        broken = true;
      });
    }
    throw error;
  } finally {
    client.release(broken);
  }
}

/** A database over a Pool. `owned` pools end with the store; the caller's own stay open. */
export function pgDatabase(pool: PgPool, owned: boolean): Database {
  return {
    ...pgSession(pool),
    transaction: (work) => borrow(pool, work, true),
    connection: (work) => borrow(pool, work, false),
    use: () => ({
      most: pool.options?.max ?? 0,
      open: pool.totalCount ?? 0,
      idle: pool.idleCount ?? 0,
      waiting: pool.waitingCount ?? 0,
    }),
    close: async () => {
      if (owned) await pool.end();
    },
  };
}

export interface PoolOptions {
  /** Most connections. Default 10. */
  readonly connections?: number;
  /** Milliseconds after which a statement is given up. Default 30,000. */
  readonly statementTimeout?: number;
  /** Role to work as, e.g. `telltale_application`. Default: the connecting user. */
  readonly role?: string;
  readonly applicationName?: string;
}

/** A pool of our own, with the time-outs that keep a lost client from holding a log's lock. */
export function connectPg(connection: string, options: PoolOptions = {}): Database {
  const statementTimeout = options.statementTimeout ?? 30_000;
  const settings = [
    `-c statement_timeout=${statementTimeout}`,
    `-c lock_timeout=${Math.ceil(statementTimeout / 2)}`,
    `-c idle_in_transaction_session_timeout=${statementTimeout}`,
    '-c timezone=UTC',
    // Planning over a hundred partitions costs 19 to 29 ms each time; a plan made once prunes them when it runs.
    '-c plan_cache_mode=force_generic_plan',
    ...(options.role === undefined ? [] : [`-c role=${options.role}`]),
  ];
  const pool = new pg.Pool({
    connectionString: connection,
    max: options.connections ?? 10,
    options: settings.join(' '),
    application_name: options.applicationName ?? 'telltale',
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
  });
  // An idle client that loses its server reports here; without a listener that would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pgDatabase(pool, true);
}
