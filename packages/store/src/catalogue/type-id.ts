/** The number of an event type in the tables: a hash, so that every region counts alike without a sequence. */
import { createHash } from 'node:crypto';

/** First four bytes of SHA-256 of the name, sign bit cleared. */
export function typeId(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0) & 0x7fff_ffff;
}
