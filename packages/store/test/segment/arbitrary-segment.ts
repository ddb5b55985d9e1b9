/** Arbitrary postings for fast-check: sparse, dense, and at the border between list and bitmap. */
import fc from 'fast-check';
import { segmentSize } from '../../src/segment/posting.ts';

const offset = fc.nat(segmentSize - 1);
const ascending = (offsets: readonly number[]): number[] => [...new Set(offsets)].sort((one, other) => one - other);

/** A set of offsets, ascending; never empty, as no key without a position is stored. */
export const offsetSet = fc.oneof(
  fc.array(offset, { minLength: 1, maxLength: 8 }).map(ascending),
  // 64 offsets are the first that a bitmap is written for.
  fc.uniqueArray(offset, { minLength: 62, maxLength: 66 }).map(ascending),
  fc
    .uniqueArray(offset, { maxLength: 200 })
    .map((gone) => Array.from({ length: segmentSize }, (_, at) => at).filter((at) => !gone.includes(at))),
);

/** Keys of a segment with their offsets; neighbours and the ends of the range come often. */
export const segmentOf = fc
  .uniqueArray(
    fc.tuple(
      fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(-2_147_483_648, 2_147_483_647), fc.integer()),
      offsetSet,
    ),
    { minLength: 1, maxLength: 12, selector: ([key]) => key },
  )
  .map((entries) => entries.sort(([one], [other]) => one - other));
