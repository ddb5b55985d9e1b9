/** Cursors of queries: they come back as they were, and are of use to their own query alone. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeQueryCursor, encodeQueryCursor, hashQuery } from '../../src/read/query-cursor.ts';

const key = fc.record({
  timestamp: fc.integer({ min: -8_000_000_000_000_000, max: 8_000_000_000_000_000 }),
  log: fc.integer({ min: 0, max: 32_767 }),
  position: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});

const query = hashQuery('timeline', { device: 'a', tenant: null });

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('a cursor gives back the key it was made of', () => {
  fc.assert(
    fc.property(key, (given) => {
      expect(decodeQueryCursor(query, encodeQueryCursor(query, given))).toEqual(given);
    }),
  );
});

test.each<[string, string]>([
  ['another tenant', hashQuery('timeline', { device: 'a', tenant: 'acme' })],
  ['another device', hashQuery('timeline', { device: 'b', tenant: null })],
  ['another verb', hashQuery('search', { device: 'a', tenant: null })],
])('a cursor of %s is refused', (_what, other) => {
  const token = encodeQueryCursor(other, { timestamp: 1, log: 0, position: 1 });

  expect(codeOf(() => decodeQueryCursor(query, token))).toBe('InvalidCursor');
});

test('the order in which criteria are written does not matter', () => {
  expect(hashQuery('timeline', { tenant: null, device: 'a' })).toBe(query);
});

test('a changed character anywhere is refused', () => {
  const token = encodeQueryCursor(query, { timestamp: 1_700_000_000_000_000, log: 3, position: 70_000 });

  for (let at = 0; at < token.length; at++) {
    const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
    expect(codeOf(() => decodeQueryCursor(query, changed))).toBe('InvalidCursor');
  }
});

test('any text but a cursor is refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.constant(null), fc.integer()), (text) => {
      expect(codeOf(() => decodeQueryCursor(query, text as string))).toBe('InvalidCursor');
    }),
  );
});

test.each<[string, unknown[]]>([
  ['a log that is no smallint', [query, 1, 32_768, 1]],
  ['a position below zero', [query, 1, 0, -1]],
  ['a time that is text', [query, '2026-01-01', 0, 1]],
  ['a fraction', [query, 1.5, 0, 1]],
  ['one entry too many', [query, 1, 0, 1, 1]],
])('a forged cursor with %s is refused', (_what, entry) => {
  // encodeQueryCursor makes the sum; only its four entries are forged.
  const token = encodeQueryCursor(entry[0] as string, {
    timestamp: entry[1] as number,
    log: entry[2] as number,
    position: entry.length > 4 ? (entry.slice(3) as unknown as number) : (entry[3] as number),
  });

  expect(codeOf(() => decodeQueryCursor(query, token))).toBe('InvalidCursor');
});
