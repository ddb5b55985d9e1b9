/** Moves the server's clock, as far as the log can see. */
import type { Session } from './session.ts';

/** Sets the clock of the database to now and an interval, e.g. `2 hours` or `-3 days`; it goes on from there. */
export async function setClock(session: Session, ahead: string): Promise<void> {
  await session.ask(`
    create or replace function telltale.clock() returns timestamptz
    language sql volatile return clock_timestamp() + interval '${ahead}'`);
}
