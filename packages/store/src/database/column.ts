/** Array parameters: a whole column of a batch, in PostgreSQL's binary array format or as an array literal. */
import { type ByteRange, rangeText } from '../event/content.ts';
import { writeUuid } from '../event/uuid.ts';
import type { Column } from './database.ts';

/** How one element type is written: its array element's OID, its bytes, and its text. */
interface ElementType<Item> {
  readonly oid: number;
  /** Bytes of every element, or null where they differ. */
  readonly width: number | null;
  size(item: Item): number;
  write(target: Buffer, offset: number, item: Item): void;
  text(item: Item): string;
}

const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** 64-bit integers as two halves: a BigInt for every element cost a microsecond an event. */
function writeInt64(target: Buffer, offset: number, value: number): void {
  const high = Math.floor(value / 4_294_967_296);
  target.writeInt32BE(high, offset);
  target.writeUInt32BE(value - high * 4_294_967_296, offset + 4);
}

const fixed = <Item>(
  oid: number,
  width: number,
  write: ElementType<Item>['write'],
  text: (item: Item) => string = String,
): ElementType<Item> => ({ oid, width, size: () => width, write, text });

const textual = (oid: number): ElementType<string> => ({
  oid,
  width: null,
  size: (item) => Buffer.byteLength(item),
  write: (target, offset, item) => void target.write(item, offset, 'utf8'),
  text: quote,
});

export const elementTypes = {
  bool: fixed<boolean>(16, 1, (target, offset, item) => void target.writeUInt8(item ? 1 : 0, offset)),
  int2: fixed<number>(21, 2, (target, offset, item) => void target.writeInt16BE(item, offset)),
  int4: fixed<number>(23, 4, (target, offset, item) => void target.writeInt32BE(item, offset)),
  int8: fixed<number>(20, 8, writeInt64),
  /** 64-bit numbers that are hashes, kept as BigInt because they use all bits. */
  hash8: fixed<bigint>(20, 8, (target, offset, item) => void target.writeBigInt64BE(item, offset)),
  /** Microseconds since 1970; PostgreSQL counts from 2000. */
  timestamptz: fixed<number>(
    1184,
    8,
    (target, offset, item) => writeInt64(target, offset, item - 946_684_800_000_000),
    (item) =>
      quote(
        `${new Date(Math.floor(item / 1000)).toISOString().slice(0, -1)}${String(((item % 1000) + 1000) % 1000).padStart(3, '0')}Z`,
      ),
  ),
  uuid: fixed<string>(2950, 16, writeUuid),
  bytea: {
    oid: 17,
    width: null,
    size: (item: Buffer) => item.length,
    write: (target: Buffer, offset: number, item: Buffer) => void item.copy(target, offset),
    text: (item: Buffer) => `"\\\\x${item.toString('hex')}"`,
  } satisfies ElementType<Buffer>,
  text: textual(25),
  json: textual(114),
  /** JSON that is bytes already, in a buffer shared with others. */
  jsonBytes: {
    oid: 114,
    width: null,
    size: (item: ByteRange) => item.end - item.start,
    write: (target: Buffer, offset: number, item: ByteRange) =>
      void item.buffer.copy(target, offset, item.start, item.end),
    text: (item: ByteRange) => quote(rangeText(item)),
  } satisfies ElementType<ByteRange>,
  jsonb: {
    ...textual(3802),
    // jsonb's binary format is a version byte and the text.
    size: (item: string) => Buffer.byteLength(item) + 1,
    write: (target: Buffer, offset: number, item: string) => {
      target.writeUInt8(1, offset);
      target.write(item, offset + 1, 'utf8');
    },
  } satisfies ElementType<string>,
} as const;

type Items = {
  [Name in keyof typeof elementTypes]: (typeof elementTypes)[Name] extends ElementType<infer Item> ? Item : never;
};

/** A column of the given element type. Returns null when every item is null: such a column is not sent. */
export function column<Name extends keyof Items>(name: Name, items: readonly (Items[Name] | null)[]): Column | null {
  const type = elementTypes[name] as unknown as ElementType<Items[Name]>;
  if (items.every((item) => item === null)) return null;
  return { binary: () => toBinary(type, items), literal: () => toLiteral(type, items) };
}

/** A column picked out of a list of records. */
export function columnOf<Name extends keyof Items, Record>(
  name: Name,
  records: readonly Record[],
  pick: (record: Record) => Items[Name] | null,
): Column | null {
  return column(name, records.map(pick));
}

function toLiteral<Item>(type: ElementType<Item>, items: readonly (Item | null)[]): string {
  return `{${items.map((item) => (item === null ? 'NULL' : type.text(item))).join(',')}}`;
}

/** Array header: dimensions, null flag, element OID, length, lower bound; then each element with its length. */
function toBinary<Item>(type: ElementType<Item>, items: readonly (Item | null)[]): Buffer {
  let bytes = 20 + items.length * 4;
  let nulls = 0;
  for (const item of items) {
    if (item === null) nulls = 1;
    else bytes += type.width ?? type.size(item);
  }
  const target = Buffer.allocUnsafe(bytes);
  target.writeInt32BE(1, 0);
  target.writeInt32BE(nulls, 4);
  target.writeInt32BE(type.oid, 8);
  target.writeInt32BE(items.length, 12);
  target.writeInt32BE(1, 16);
  let offset = 20;
  for (const item of items) {
    const size = item === null ? -1 : (type.width ?? type.size(item));
    target.writeInt32BE(size, offset);
    offset += 4;
    if (item === null) continue;
    type.write(target, offset, item);
    offset += size;
  }
  return target;
}
