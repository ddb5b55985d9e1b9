/** Postings: which of a segment's positions have a key, as a list of offsets or as a bitmap. */

/** Positions of one segment. */
export const segmentSize = 1024;

const bitmapBytes = segmentSize / 8;
/** From as many offsets on the bitmap is no longer than the list. */
const dense = bitmapBytes / 2;

/** A bit for every position of a segment. */
export type Bitmap = Uint32Array;

export const emptyBitmap = (): Bitmap => new Uint32Array(segmentSize / 32);
export const fullBitmap = (): Bitmap => new Uint32Array(segmentSize / 32).fill(0xffff_ffff);

export function setBit(bitmap: Bitmap, offset: number): void {
  bitmap[offset >>> 5] = (bitmap[offset >>> 5] as number) | (1 << (offset & 31));
}

export function hasBit(bitmap: Bitmap, offset: number): boolean {
  return ((bitmap[offset >>> 5] as number) & (1 << (offset & 31))) !== 0;
}

/** Offsets in order, descending: the newest positions come first. */
export function offsetsOf(bitmap: Bitmap): number[] {
  const offsets: number[] = [];
  for (let word = bitmap.length - 1; word >= 0; word--) {
    for (let bits = bitmap[word] as number; bits !== 0; ) {
      const bit = 31 - Math.clz32(bits);
      offsets.push(word * 32 + bit);
      bits = (bits & ~(1 << bit)) >>> 0;
    }
  }
  return offsets;
}

export function countBits(bitmap: Bitmap): number {
  let count = 0;
  for (let bits of bitmap) {
    bits -= (bits >>> 1) & 0x5555_5555;
    bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
    count += Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
  }
  return count;
}

/** Bytes that a posting takes. */
export const postingBytes = (count: number): number => (count >= dense ? bitmapBytes : count * 2);

/** Writes the offsets, which must be ascending. */
export function writePosting(target: Buffer, at: number, offsets: readonly number[]): void {
  if (offsets.length < dense) {
    for (const [index, offset] of offsets.entries()) {
      target[at + index * 2] = offset >>> 8;
      target[at + index * 2 + 1] = offset;
    }
    return;
  }
  target.fill(0, at, at + bitmapBytes);
  for (const offset of offsets) {
    target[at + (offset >>> 3)] = (target[at + (offset >>> 3)] as number) | (1 << (offset & 7));
  }
}

export function readPosting(bytes: Uint8Array): Bitmap {
  const bitmap = emptyBitmap();
  if (bytes.length === bitmapBytes) {
    for (let at = 0; at < bitmapBytes; at++) {
      bitmap[at >>> 2] = (bitmap[at >>> 2] as number) | ((bytes[at] as number) << ((at & 3) * 8));
    }
    return bitmap;
  }
  for (let at = 0; at < bytes.length; at += 2) setBit(bitmap, (bytes[at] as number) * 256 + (bytes[at + 1] as number));
  return bitmap;
}
