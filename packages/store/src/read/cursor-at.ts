/** The cursor of a time: reading on from it gives everything that was recorded then or later. */
import type { Session } from '../database/database.ts';
import { formatTime, parseTime, postgresEpoch } from '../event/time.ts';
import { readStatement } from '../sql-file.ts';
import { encodeCursor } from './cursor.ts';
import { incarnationOf, readLogPosition } from './position.ts';

const findPositions = readStatement('find_positions');

/** @throws InvalidTimestamp */
export async function cursorAt(session: Session, time: string | Date): Promise<string> {
  const since = parseTime(time, '/time');
  const rows = await session.query<{ log: number; position: string | null }>(findPositions, [formatTime(since)]);
  const before = new Map(rows.map((row) => [row.log, Number(row.position ?? 0)]));
  const { logs } = await readLogPosition(session);
  return encodeCursor(
    logs.map((log) => ({
      log: log.log,
      incarnation: incarnationOf(log),
      // The ledger is thinned to one batch an hour, so this may lie well before the time; the time itself is exact.
      position: before.get(log.log) ?? 0,
      recordedAt: since - postgresEpoch,
    })),
  );
}
