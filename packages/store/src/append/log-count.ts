/** How many logs are written to. */
import { TelltaleError } from '@telltale/catalogue';
import type { Session } from '../database/database.ts';
import { readStatement } from '../sql-file.ts';

const statement = readStatement('raise_log_count');

/** Raises it; it never falls. Answers with the new epoch. @throws InvalidArgument */
export async function raiseLogCount(session: Session, count: number): Promise<number> {
  if (!Number.isInteger(count)) {
    throw new TelltaleError('InvalidArgument', `count: expected a whole number of logs (found: ${String(count)})`);
  }
  const [row] = await session.query<{ epoch: number }>(statement, [count]);
  return (row as { epoch: number }).epoch;
}
