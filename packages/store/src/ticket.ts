/** Tickets that are good once, over all processes. */

import type { Session } from './database/database.ts';
import { requireUuid } from './event/envelope.ts';
import { readStatement } from './sql-file.ts';

const spendTicketStatement = readStatement('spend_ticket');

/** Whether this was the first to spend it. */
export async function spendTicket(session: Session, id: string, expiresAt: Date): Promise<boolean> {
  const [row] = await session.query<{ first: boolean }>(spendTicketStatement, [
    requireUuid(id, '/id'),
    expiresAt.toISOString(),
  ]);
  return row?.first ?? false;
}
