/** Bounds a read in time: what PostgreSQL gives up becomes an error that says how to narrow the question. */
import { TelltaleError } from '@telltale/catalogue';
import type { Database, Query, Session } from '../database/database.ts';
import type { PostgresError } from '../database/error.ts';

const limitStatements: Query = {
  name: 'telltale_limit_statements',
  text: `select set_config('statement_timeout', $1, true), set_config('plan_cache_mode', 'force_generic_plan', true)`,
};

/**
 * Runs a read whose statements may take so many milliseconds each; null leaves it at the connection's own time-out.
 * A bound of its own costs a transaction around the read, 0.2 to 0.4 ms here; the connection's own costs nothing.
 * @throws QueryTooExpensive with the hint, a clause such as `ask for a shorter time`.
 */
export function bounded<Result>(
  database: Database,
  milliseconds: number | null,
  hint: string,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  return tellExpense(milliseconds, hint, () => {
    if (milliseconds === null) return work(database);
    return database.transaction(async (session) => {
      await session.query(limitStatements, [boundOf(milliseconds)]);
      return work(session);
    });
  });
}

/**
 * The same database, of which every statement may take so many milliseconds: for reads that begin transactions of their
 * own. Their bound is set by SET, since a query would be too early for their isolation level.
 */
export function boundDatabase(database: Database, milliseconds: number, hint: string): Database {
  const limit = `set local statement_timeout = ${boundOf(milliseconds)}`;
  return {
    query: (query, values) => bounded(database, milliseconds, hint, (session) => session.query(query, values)),
    script: (text) => bounded(database, milliseconds, hint, (session) => session.script(text)),
    transaction: (work) =>
      tellExpense(milliseconds, hint, () =>
        database.transaction(async (session) => {
          await session.script(limit);
          return work(session);
        }),
      ),
    connection: (work) => database.connection(work),
    close: () => database.close(),
  };
}

const boundOf = (milliseconds: number): string => String(Math.max(1, Math.round(milliseconds)));

async function tellExpense<Result>(
  milliseconds: number | null,
  hint: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw isGivenUp(error) ? tooExpensive(error, milliseconds, hint) : error;
  }
}

/** 57014 is a time-out, or somebody's pg_cancel_backend; a lock that did not come (55P03) is no fault of the question. */
function isGivenUp(error: unknown): boolean {
  if (!(error instanceof TelltaleError) || error.code !== 'StatementTimeout') return false;
  return (error.cause as PostgresError | undefined)?.code === '57014';
}

function tooExpensive(error: unknown, milliseconds: number | null, hint: string): TelltaleError {
  const bound = milliseconds === null ? 'before the connection gave up' : `within ${milliseconds} ms`;
  return new TelltaleError(
    'QueryTooExpensive',
    `expected an answer ${bound} (found: none, PostgreSQL stopped the statement); ${hint}`,
    {},
    { cause: error },
  );
}
