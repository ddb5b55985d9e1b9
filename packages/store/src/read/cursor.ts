/** Cursors: an opaque token of where a reader stands in every log. */
import { hash } from 'node:crypto';
import { TelltaleError } from '@telltale/catalogue';

/** Where a reader stands in one log: behind this position, which was recorded at this time (microseconds since 2000). */
export interface LogCursor {
  readonly log: number;
  readonly incarnation: number;
  readonly position: number;
  readonly recordedAt: number | null;
}

export type Cursor = readonly LogCursor[];

/** Digits of a hash over the token: they tell damage from a cursor, not friend from foe. */
const sumLength = 8;

export function encodeCursor(cursor: Cursor): string {
  const body = Buffer.from(
    JSON.stringify(
      cursor.map(({ log, incarnation, position, recordedAt }) => [log, incarnation, position, recordedAt]),
    ),
  ).toString('base64url');
  return `${body}.${hash('sha256', `events:${body}`).slice(0, sumLength)}`;
}

/** @throws InvalidCursor for anything but what encodeCursor made. */
export function decodeCursor(token: string): Cursor {
  const [body = '', sum, ...rest] = typeof token === 'string' ? token.split('.') : [];
  const cursor =
    rest.length === 0 && sum === hash('sha256', `events:${body}`).slice(0, sumLength) ? parseBody(body) : undefined;
  if (cursor !== undefined) return cursor;
  throw new TelltaleError(
    'InvalidCursor',
    `expected a cursor of readAll (found: ${String(token).slice(0, 40)}); start again without one`,
  );
}

/** The sum is no secret: whoever makes one up may put anything under it. */
function parseBody(body: string): Cursor | undefined {
  try {
    const entries: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
    if (!Array.isArray(entries) || !entries.every(isEntry)) return undefined;
    return entries.map(([log, incarnation, position, recordedAt]) => ({ log, incarnation, position, recordedAt }));
  } catch {
    return undefined;
  }
}

function isEntry(entry: unknown): entry is [number, number, number, number | null] {
  if (!Array.isArray(entry) || entry.length !== 4) return false;
  const [log, incarnation, position, recordedAt] = entry as unknown[];
  const counts = [log, incarnation, position].every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
  return counts && (recordedAt === null || Number.isSafeInteger(recordedAt));
}
