/** Cursors of queries: where a page ended in the order (timestamp, log, position), bound to the query that made it. */
import { hash } from 'node:crypto';
import { TelltaleError } from '@telltale/catalogue';

/** The key of the last event of a page. */
export interface QueryKey {
  /** Microseconds since 1970. */
  readonly timestamp: number;
  readonly log: number;
  readonly position: number;
}

/** What a query asks, normalised: times as microseconds, lists sorted, defaults filled in; the tenant is part of it. */
export type Criteria = Readonly<Record<string, string | number | boolean | null | readonly (string | number)[]>>;

/** Digits of each hash: they tell another query and damage apart, not friend from foe. */
const hashLength = 16;
const sumLength = 8;

/** The name of a query for its cursors: the same for the same criteria, in whatever order they are given. */
export function hashQuery(verb: string, criteria: Criteria): string {
  const sorted = Object.keys(criteria)
    .sort()
    .map((name) => [name, criteria[name]]);
  return hash('sha256', JSON.stringify([verb, sorted])).slice(0, hashLength);
}

const sumOf = (body: string): string => hash('sha256', `query:${body}`).slice(0, sumLength);

export function encodeQueryCursor(queryHash: string, key: QueryKey): string {
  const body = Buffer.from(JSON.stringify([queryHash, key.timestamp, key.log, key.position])).toString('base64url');
  return `${body}.${sumOf(body)}`;
}

/** @throws InvalidCursor for what is damaged, and for the cursor of another query. */
export function decodeQueryCursor(queryHash: string, token: string): QueryKey {
  const [body = '', sum, ...rest] = typeof token === 'string' && token.length <= 200 ? token.split('.') : [];
  const entry = rest.length === 0 && sum === sumOf(body) ? parseBody(body) : undefined;
  if (entry === undefined) {
    throw new TelltaleError(
      'InvalidCursor',
      `/cursor: expected the nextCursor of a page (found: ${String(token).slice(0, 40)}); start again without one`,
    );
  }
  const [found, timestamp, log, position] = entry;
  if (found === queryHash) return { timestamp, log, position };
  throw new TelltaleError(
    'InvalidCursor',
    '/cursor: expected a cursor of this query (found: one of another); keep all criteria but limit as they were, or start again without one',
  );
}

/** The sum is no secret: whoever makes one up may put anything under it. */
function parseBody(body: string): [string, number, number, number] | undefined {
  try {
    const entry: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
    return isEntry(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** Every time that an event may have: what lies within 285 years of 1970. A log is a smallint. */
function isEntry(entry: unknown): entry is [string, number, number, number] {
  if (!Array.isArray(entry) || entry.length !== 4) return false;
  const [query, timestamp, log, position] = entry as unknown[];
  const isKey = [timestamp, log, position].every(Number.isSafeInteger);
  return typeof query === 'string' && isKey && isWithin(log, 32_767) && isWithin(position, Number.MAX_SAFE_INTEGER);
}

const isWithin = (value: unknown, most: number): boolean => (value as number) >= 0 && (value as number) <= most;
