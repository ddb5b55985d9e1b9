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

/** @throws InvalidCursor */
export function decodeCursor(token: string): Cursor {
  const [body = '', sum] = typeof token === 'string' ? token.split('.') : [];
  if (sum !== hash('sha256', `events:${body}`).slice(0, sumLength)) {
    throw new TelltaleError(
      'InvalidCursor',
      `expected a cursor of readAll (found: ${String(token).slice(0, 40)}); start again without one`,
    );
  }
  const entries = JSON.parse(Buffer.from(body, 'base64url').toString()) as [number, number, number, number | null][];
  return entries.map(([log, incarnation, position, recordedAt]) => ({ log, incarnation, position, recordedAt }));
}
