/** UUIDs: version 7 for new events, version 5 for shard keys of aggregates, and their text. */
import { createHash, randomFillSync } from 'node:crypto';

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The namespace of shard keys: UUIDv5 of the URL namespace and `https://telltale.dev/shard`. Never to change. */
const shardNamespace = Buffer.from('a0b913e952a95d8ab42738808aa3d949', 'hex');

/** The UUID in lower case, or undefined when it is none. */
export function parseUuid(value: unknown): string | undefined {
  if (typeof value !== 'string' || !form.test(value)) return undefined;
  return value.toLowerCase();
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Text of sixteen bytes. */
export function formatUuid(bytes: Uint8Array, offset = 0): string {
  let text = '';
  for (let index = 0; index < 16; index++) {
    text += hex[bytes[offset + index] as number];
    if (index === 3 || index === 5 || index === 7 || index === 9) text += '-';
  }
  return text;
}

// Random bytes are drawn 4 kB at a time: one call a UUID cost more than the UUID.
const pool = Buffer.alloc(4096);
let drawn = pool.length;
let lastMillis = 0;
let counter = 0;

/** A UUIDv7 that rises within this process: milliseconds, a 12-bit counter, and 62 random bits. */
export function makeEventId(): string {
  if (drawn + 16 > pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  const bytes = pool.subarray(drawn, drawn + 16);
  drawn += 16;
  const millis = Date.now();
  if (millis > lastMillis) {
    lastMillis = millis;
    // Half the counter stays free, so that 2,048 ids of one millisecond rise before the clock is borrowed from.
    counter = bytes.readUInt16BE(6) & 0x7ff;
  } else if (++counter > 0xfff) {
    lastMillis++;
    counter = 0;
  }
  bytes.writeUIntBE(lastMillis, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return formatUuid(bytes);
}

/** UUIDv5 (RFC 9562) of a name. */
export function uuidv5(namespace: Uint8Array, name: string): string {
  const bytes = createHash('sha1').update(namespace).update(name).digest();
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return formatUuid(bytes);
}

const shardKeys = new Map<string, string>();

/** The shard key of an aggregate that is on no device: UUIDv5 of `aggregate_type:aggregate_id`. */
export function shardKeyOf(aggregateType: string, aggregateId: string): string {
  const name = `${aggregateType}:${aggregateId}`;
  let key = shardKeys.get(name);
  if (key === undefined) {
    key = uuidv5(shardNamespace, name);
    if (shardKeys.size > 10_000) shardKeys.clear();
    shardKeys.set(name, key);
  }
  return key;
}

/** Bytes of a UUID's text, appended to a buffer. The text must be a UUID. */
export function writeUuid(target: Buffer, offset: number, text: string): void {
  let at = offset;
  for (let index = 0; index < 36; index++) {
    if (index === 8 || index === 13 || index === 18 || index === 23) continue;
    target[at++] = (nibble[text.charCodeAt(index++)] as number) * 16 + (nibble[text.charCodeAt(index)] as number);
  }
}

const nibble = new Uint8Array(128);
for (let digit = 0; digit < 16; digit++) nibble[digit.toString(16).charCodeAt(0)] = digit;
