/** The driver seam over `postgres` (porsager): the caller's instance, or one transaction of it. */
import { TelltaleError } from '@telltale/catalogue';
import type { Database, Query, Session, Value } from './database.ts';
import { toTelltaleError } from './error.ts';

type Rows = Promise<readonly object[]> & { simple(): Promise<unknown> };

/** What we need of the package's `sql`; the caller brings their own copy. */
export interface PostgresSql {
  typed(value: unknown, type: number): unknown;
  unsafe(text: string, values?: unknown[], options?: { prepare?: boolean }): Rows;
}

export interface PostgresPool extends PostgresSql {
  readonly options?: {
    readonly transform?: Partial<Record<'column' | 'value' | 'row', { readonly from?: unknown }>>;
  };
  begin<Result>(options: string, work: (sql: PostgresSql) => Promise<Result>): Promise<Result>;
  reserve(): Promise<PostgresSql & { release(): void }>;
  end(options?: { timeout?: number }): Promise<void>;
}

/** PostgreSQL's number of the type `unknown`: the type of the parameter is inferred, as if none were given. */
const unknownType = 705;

/**
 * This driver sends text only, so an array parameter goes as its literal. Under a type that it does not know: for those
 * it knows it rewrites what it is given, a time through a Date, JSON text as a JSON string.
 */
function toText(sql: PostgresSql, value: Value): unknown {
  if (value === null) return null;
  if (typeof value !== 'object') return sql.typed(String(value), unknownType);
  if (value instanceof Uint8Array) return Buffer.from(value);
  return sql.typed(value.literal(), unknownType);
}

export function postgresSession(sql: PostgresSql): Session {
  return {
    async query<Row extends object>(query: Query, values: readonly Value[] = []): Promise<Row[]> {
      try {
        const parameters = values.map((value) => toText(sql, value));
        return [...(await sql.unsafe(query.text, parameters, { prepare: query.name !== undefined }))] as Row[];
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

/** A renamed column is one that we do not find. */
function refuseTransforms({ options }: PostgresPool): void {
  const found = (['column', 'value', 'row'] as const).filter((part) => options?.transform?.[part]?.from !== undefined);
  if (found.length === 0) return;
  throw new TelltaleError(
    'InvalidArgument',
    `connection: expected a postgres instance that hands rows over as they are (found: transform of ${found.join(', ')}); make one for Telltale without it`,
  );
}

/**
 * A database over the caller's instance; it stays open when the store closes.
 * @throws InvalidArgument for an instance that transforms what it reads.
 */
export function postgresDatabase(sql: PostgresPool): Database {
  refuseTransforms(sql);
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
