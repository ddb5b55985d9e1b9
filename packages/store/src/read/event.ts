/** One event by its id. */
import type { Event } from '@telltale/catalogue';
import type { Session } from '../database/database.ts';
import { findEvent } from './chain.ts';
import { tenantOf, uuidOf } from './criterion.ts';
import type { RowReader } from './event-row.ts';

export interface EventOptions {
  /** Events of this tenant alone. Default: of all. */
  readonly tenant?: string | null;
}

/**
 * The event with this id, or null. An id is unique on a device alone: of several, the one recorded first.
 * @throws InvalidArgument
 */
export async function getEvent(
  session: Session,
  rows: RowReader,
  eventId: string,
  options: EventOptions = {},
): Promise<Event | null> {
  const row = await findEvent(session, uuidOf(eventId, '/eventId'), tenantOf(options.tenant), null);
  if (row === null) return null;
  const [event] = await rows.toEvents(session, [row]);
  return event ?? null;
}
