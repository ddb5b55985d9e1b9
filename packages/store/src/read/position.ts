/** Where the logs stand, and what that means for a reader's cursor: heads, floors, epochs, incarnations. */
import { TelltaleError } from '@telltale/catalogue';
import type { Session } from '../database/database.ts';
import { readStatement } from '../sql-file.ts';
import type { Cursor, LogCursor } from './cursor.ts';

const readPosition = readStatement('read_position');

export interface LogFloor {
  readonly tier: number;
  readonly tier_position: number;
  readonly position: number;
  readonly recorded_at: number;
}

export interface LogPosition {
  readonly log: number;
  readonly kind: 'live' | 'import';
  readonly position: number;
  /** Microseconds since 2000; null for an empty log. */
  readonly recorded_at: number | null;
  readonly tiers: readonly [number, number, number, number];
  readonly incarnations: readonly { incarnation: number; from_position: number }[];
  readonly floors: readonly LogFloor[];
}

export interface Epoch {
  readonly epoch: number;
  readonly logs: readonly number[];
  readonly head_logs: readonly number[];
  readonly heads: readonly number[];
}

export interface Position {
  readonly logs: readonly LogPosition[];
  readonly epochs: readonly Epoch[];
  /** Microseconds since 2000. */
  readonly clock: number;
}

/** Where every log stands, in one snapshot. */
export async function readLogPosition(session: Session): Promise<Position> {
  const [row] = await session.query<{ logs: LogPosition[]; epochs: Epoch[]; clock: string }>(readPosition);
  if (row === undefined)
    throw new TelltaleError('NotMigrated', 'expected the logs (found: none); run telltale migrate');
  return { logs: row.logs, epochs: row.epochs, clock: Number(row.clock) };
}

export function incarnationOf(log: LogPosition): number {
  return log.incarnations.at(-1)?.incarnation ?? 1;
}

/** The cursor behind everything that is recorded now. */
export function headCursor(position: Position): Cursor {
  return position.logs.map((log) => ({
    log: log.log,
    incarnation: incarnationOf(log),
    position: log.position,
    recordedAt: log.recorded_at,
  }));
}

/**
 * The cursor with an entry for every log, each in the log's present incarnation.
 * @throws CursorAhead when it saw events that are not, or no longer, in the log.
 */
export function placeCursor(cursor: Cursor, position: Position): LogCursor[] {
  const known = new Map(cursor.map((entry) => [entry.log, entry]));
  const logs = new Set(position.logs.map((log) => log.log));
  for (const entry of cursor) {
    if (!logs.has(entry.log)) throw ahead(entry, 0);
  }
  return position.logs.map((log) => {
    const entry = known.get(log.log);
    const incarnation = incarnationOf(log);
    if (entry === undefined) return { log: log.log, incarnation, position: 0, recordedAt: null };
    const end = endOf(entry, log);
    if (entry.position > end || entry.incarnation > incarnation) throw ahead(entry, end);
    return { ...entry, incarnation };
  });
}

/** The cursor at the last place of each log that it and the log have in common. */
export function mendCursor(cursor: Cursor, position: Position): LogCursor[] {
  const known = new Map(cursor.map((entry) => [entry.log, entry]));
  return position.logs.map((log) => {
    const entry = known.get(log.log);
    const start = { log: log.log, incarnation: incarnationOf(log), position: 0, recordedAt: null };
    if (entry === undefined) return start;
    const end = endOf(entry, log);
    // The time of that place is not known, and what is recorded behind it may be older than what the cursor saw.
    return entry.position > end ? { ...start, position: end } : { ...entry, incarnation: start.incarnation };
  });
}

/** Up to where the log still has what the incarnation of the cursor had. */
function endOf(entry: LogCursor, log: LogPosition): number {
  const next = log.incarnations.find((other) => other.incarnation > entry.incarnation);
  return Math.min(next?.from_position ?? Number.POSITIVE_INFINITY, log.position);
}

function ahead(entry: LogCursor, end: number): TelltaleError {
  return new TelltaleError(
    'CursorAhead',
    `expected a cursor within log ${entry.log}, which this incarnation has up to ${end} (found: ${entry.position} of incarnation ${entry.incarnation}); the database was restored, start again from a cursor of it`,
    { expected: end, found: entry.position },
  );
}

/**
 * Up to where each log may be read in this step: a later epoch is passed only when every log has reached the head that
 * it had when the epoch began, so that a device whose log changed stays in order.
 */
export function readableHeads(cursor: readonly LogCursor[], position: Position): Map<number, number> {
  const at = new Map(cursor.map((entry) => [entry.log, entry.position]));
  for (const epoch of position.epochs) {
    const reached = epoch.head_logs.every((log, index) => (at.get(log) ?? 0) >= (epoch.heads[index] as number));
    if (reached) continue;
    const heads = new Map(epoch.head_logs.map((log, index) => [log, epoch.heads[index] as number]));
    return new Map(
      position.logs.map((log) => [log.log, log.kind === 'import' ? log.position : (heads.get(log.log) ?? 0)]),
    );
  }
  return new Map(position.logs.map((log) => [log.log, log.position]));
}
