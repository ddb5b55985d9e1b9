/** The driver seam over `postgres` (porsager): the caller's instance, or one transaction of it. */
import type { Database, Query, Session, Value } from './database.ts';
import { toTelltaleError } from './error.ts';

type Rows = Promise<readonly object[]> & { simple(): Promise<unknown> };

/** What we need of the package's `sql`; the caller brings their own copy. */
export interface PostgresSql {
  unsafe(text: string, values?: unknown[], options?: { prepare?: boolean }): Rows;
}

export interface PostgresPool extends PostgresSql {
  begin<Result>(options: string, work: (sql: PostgresSql) => Promise<Result>): Promise<Result>;
  reserve(): Promise<PostgresSql & { release(): void }>;
  end(options?: { timeout?: number }): Promise<void>;
}

/** This driver sends text only, so an array parameter goes as its literal. */
function toText(value: Value): unknown {
  if (value === null || typeof value !== 'object') return value;
  return value instanceof Uint8Array ? Buffer.from(value) : value.literal();
}

export function postgresSession(sql: PostgresSql): Session {
  return {
    async query<Row extends object>(query: Query, values: readonly Value[] = []): Promise<Row[]> {
      try {
        return [...(await sql.unsafe(query.text, values.map(toText), { prepare: query.name !== undefined }))] as Row[];
      } catch (error) {
        throw toTelltaleError(error);
      }
    },
    async script(text: string): Promise<void> {
      try {
        await sql.unsafe(text).simple();
      } catch (error) {
        throw toTelltaleError(error);
      }
    },
  };
}

/** A database over the caller's instance; it stays open when the store closes. */
export function postgresDatabase(sql: PostgresPool): Database {
  return {
    ...postgresSession(sql),
    transaction: (work) => sql.begin('isolation level read committed', (inner) => work(postgresSession(inner))),
    connection: async (work) => {
      const reserved = await sql.reserve();
      try {
        return await work(postgresSession(reserved));
      } finally {
        reserved.release();
      }
    },
    close: async () => undefined,
  };
}
