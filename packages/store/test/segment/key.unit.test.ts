/** Keys: the same in every release, or a stored index would find nothing; and spread evenly, or it would find too much. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KeyKind, keyOf, keysOfKind, typeKey } from '../../src/segment/key.ts';

const released: [KeyKind, string | number, number][] = [
  ['severity', 3, 181672858],
  ['tier', 0, 1575553854],
  ['device', '0192f0c1-7a52-7c3e-9b1a-0000000000a1', 1788974481],
  ['actor.id', 'anna', -642152857],
  ['tag.site', 'lab', -1470528195],
  ['lexeme', 'restart', 2102079218],
  ['lexeme', 'überdruck', -1488939742],
  ['tenant', 'acme', -1233621713],
  ['source', '', 795522285],
  ['lexeme', '😀', -752868891],
];

test.each(released)('the key of %s %s is the one that released indexes hold', (kind, value, key) => {
  expect(keyOf(kind, value)).toBe(key);
});

test('any value has a key that PostgreSQL takes as an integer, by either function', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<KeyKind>('device', 'lexeme', 'tag.site', 'tenant'),
      fc.oneof(fc.string({ unit: 'binary' }), fc.integer()),
      (kind, value) => {
        const key = keyOf(kind, value);
        expect(key).toBe(key | 0);
        expect(keysOfKind(kind)(value)).toBe(key);
      },
    ),
  );
});

test('one text has another key in each field', () => {
  const kinds: KeyKind[] = ['device', 'aggregate.id', 'actor.id', 'source', 'service', 'tenant', 'tag.a', 'lexeme'];

  expect(new Set(kinds.map((kind) => keyOf(kind, 'acme'))).size).toBe(kinds.length);
});

test('a type is its own key, so that SQL finds it as well', () => {
  expect(typeKey(1234)).toBe(1234);
});

test('100,000 similar values spread over all bits and share few keys', () => {
  const keys = Array.from({ length: 100_000 }, (_, index) => keyOf('aggregate.id', `job-${index}`));
  // Of so many at random 1.2 pairs would share one.
  expect(new Set(keys).size).toBeGreaterThan(100_000 - 10);
  for (let bit = 0; bit < 32; bit++) {
    const set = keys.filter((key) => ((key >>> bit) & 1) === 1).length;
    // Five standard deviations, 158 each.
    expect(Math.abs(set - 50_000), `bit ${bit}`).toBeLessThan(800);
  }
});
