/** The table of postings holds what a map of lists would, however many keys and places it is given. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PostingTable } from '../../src/segment/posting-table.ts';

/** Keys that fall on each other's places often, and others. */
const anyKey = fc.oneof(fc.integer({ min: -40, max: 40 }), fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }));

function fill(events: readonly (readonly number[])[]): [PostingTable, Map<number, Set<number>>] {
  const table = new PostingTable();
  const expected = new Map<number, Set<number>>();
  for (const [offset, keys] of events.entries()) {
    for (const key of keys) {
      table.add(key, offset);
      expected.set(key, (expected.get(key) ?? new Set()).add(offset));
    }
  }
  return [table, expected];
}

function expectSame(table: PostingTable, expected: ReadonlyMap<number, ReadonlySet<number>>): void {
  expect([...table.keys()]).toEqual([...expected.keys()].sort((one, other) => one - other));
  for (const [key, offsets] of expected) {
    expect(table.offsetsOf(key)).toEqual([...offsets]);
    expect(table.countOf(key)).toBe(offsets.size);
  }
}

test('every key has its offsets in order, each once', () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyKey, { maxLength: 30 }), { maxLength: 200 }), (events) => {
      expectSame(...fill(events));
    }),
  );
});

test('a segment with far more keys and places than usual is held like any other', () => {
  const events = Array.from({ length: 1024 }, (_, event) =>
    Array.from({ length: 60 }, (_key, index) => (index < 30 ? index : Math.imul(event * 60 + index, 0x85eb_ca6b) | 0)),
  );

  expectSame(...fill(events));
});

test('a key that was never added has no offsets', () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyKey, { minLength: 1, maxLength: 50 }), ([missing, ...keys]) => {
      const [table] = fill([keys]);
      expect(table.offsetsOf(missing as number)).toEqual([]);
      expect(table.countOf(missing as number)).toBe(0);
    }),
  );
});
