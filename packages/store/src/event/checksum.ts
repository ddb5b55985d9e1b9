/** The checksum of a recorded event, as append_events.sql computes it under the lock. */
import { hash } from 'node:crypto';

/** Where an event stands; `recordedAt` is in microseconds since 2000 UTC, PostgreSQL's own count. */
export interface RecordedPlace {
  readonly log: number;
  readonly position: number;
  readonly tierPosition: number;
  readonly recordedAt: number;
  readonly streamVersion: number | null;
}

/** SHA-256 of content hash (32 bytes), log (2), position, tier position, recorded_at and stream version (8 each). */
export function checksumOf(contentHash: string, place: RecordedPlace): string {
  const bytes = Buffer.allocUnsafe(66);
  bytes.write(contentHash, 'hex');
  bytes.writeInt16BE(place.log, 32);
  bytes.writeBigInt64BE(BigInt(place.position), 34);
  bytes.writeBigInt64BE(BigInt(place.tierPosition), 42);
  bytes.writeBigInt64BE(BigInt(place.recordedAt), 50);
  bytes.writeBigInt64BE(BigInt(place.streamVersion ?? 0), 58);
  return hash('sha256', bytes, 'hex');
}
