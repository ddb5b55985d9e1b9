/** Postings: what is written is read again, as a list or as a bitmap, whichever is shorter. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Bitmap,
  countBits,
  emptyBitmap,
  fullBitmap,
  hasBit,
  offsetsOf,
  postingBytes,
  readPosting,
  segmentSize,
  setBit,
  writePosting,
} from '../../src/segment/posting.ts';
import { offsetSet } from './arbitrary-segment.ts';

function bitmapOf(offsets: readonly number[]): Bitmap {
  const bitmap = emptyBitmap();
  for (const offset of offsets) setBit(bitmap, offset);
  return bitmap;
}

function written(offsets: readonly number[]): Buffer {
  const bytes = Buffer.alloc(postingBytes(offsets.length));
  writePosting(bytes, 0, offsets);
  return bytes;
}

const descending = (offsets: readonly number[]): number[] => [...offsets].reverse();

test('any set of offsets is read as it was written, newest first', () => {
  fc.assert(
    fc.property(offsetSet, (offsets) => {
      expect(offsetsOf(readPosting(written(offsets)))).toEqual(descending(offsets));
    }),
  );
});

test('a posting is written at its place and touches no byte beside it, whatever stood there', () => {
  fc.assert(
    fc.property(offsetSet, fc.nat(300), (offsets, at) => {
      const length = postingBytes(offsets.length);
      const target = Buffer.alloc(at + length + 7, 0xa5);
      writePosting(target, at, offsets);

      expect(target.subarray(at, at + length)).toEqual(written(offsets));
      expect(target.subarray(0, at)).toEqual(Buffer.alloc(at, 0xa5));
      expect(target.subarray(at + length)).toEqual(Buffer.alloc(7, 0xa5));
    }),
  );
});

describe.each([
  [1, 2],
  [63, 126],
  [64, 128],
  [65, 128],
  [segmentSize, 128],
])('of %i offsets', (count, bytes) => {
  test.each([
    ['the first', Array.from({ length: count }, (_, index) => index)],
    ['the last', Array.from({ length: count }, (_, index) => segmentSize - count + index)],
    ['some over all', Array.from({ length: count }, (_, index) => Math.floor((index * segmentSize) / count))],
  ])(`%s take ${bytes} bytes and are read again`, (_what, offsets) => {
    expect(written(offsets)).toHaveLength(bytes);
    expect(offsetsOf(readPosting(written(offsets)))).toEqual(descending(offsets));
  });
});

test('a posting of a released index stays readable', () => {
  const even = Array.from({ length: 512 }, (_, index) => index * 2);

  expect(offsetsOf(readPosting(Buffer.from('000101ff0200', 'hex')))).toEqual([512, 511, 1]);
  expect(written([1, 511, 512]).toString('hex')).toBe('000101ff0200');
  expect(written(even).toString('hex')).toBe('55'.repeat(128));
});

test('bits are counted', () => {
  fc.assert(
    fc.property(offsetSet, (offsets) => {
      expect(countBits(bitmapOf(offsets))).toBe(offsets.length);
    }),
  );
  expect(countBits(fullBitmap())).toBe(segmentSize);
  expect(countBits(emptyBitmap())).toBe(0);
});

test('a bit is set where it was set, and nowhere else', () => {
  fc.assert(
    fc.property(offsetSet, (offsets) => {
      const bitmap = bitmapOf(offsets);
      const found = Array.from({ length: segmentSize }, (_, offset) => offset).filter((offset) =>
        hasBit(bitmap, offset),
      );
      expect(found).toEqual(offsets);
    }),
  );
});
