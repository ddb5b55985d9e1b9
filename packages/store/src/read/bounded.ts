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
export async function bounded<Result>(
  database: Database,
  milliseconds: number | null,
  hint: string,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  try {
    if (milliseconds === null) return await work(database);
    return await database.transaction(async (session) => {
      await session.query(limitStatements, [String(Math.max(1, Math.round(milliseconds)))]);
      return work(session);
    });
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
