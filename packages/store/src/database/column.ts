/** Array parameters: a whole column of a batch, in PostgreSQL's binary array format or as an array literal. */
import { type Content, dataText } from '../event/content.ts';
import { writeUuid } from '../event/uuid.ts';
import type { Column } from './database.ts';

/** How one element type is written: the OID of the element, its bytes, and its text in a literal. */
interface ElementType<Item> {
  readonly oid: number;
  /** Bytes of every element, or null where they differ. */
  readonly width: number | null;
  size(item: Item): number;
  write(target: Buffer, offset: number, item: Item): void;
  text(item: Item): string;
}

const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** By hand: writeInt32BE checks its arguments, which doubled the cost of a column. */
function writeInt32(target: Buffer, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}

/** 64-bit integers as two halves: a BigInt for every element cost a microsecond an event. */
function writeInt64(target: Buffer, offset: number, value: number): void {
  const high = Math.floor(value / 4_294_967_296);
  writeInt32(target, offset, high);
  writeInt32(target, offset + 4, value - high * 4_294_967_296);
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

/** Two hex digits a byte. */
function writeHex(target: Buffer, offset: number, text: string): void {
  for (let at = 0; at < 32; at++) {
    target[offset + at] = digit(text.charCodeAt(at * 2)) * 16 + digit(text.charCodeAt(at * 2 + 1));
  }
}

const digit = (code: number): number => (code > 0x60 ? code - 0x57 : code - 0x30);

function timeLiteral(micros: number): string {
  const millis = Math.floor(micros / 1000);
  return quote(`${new Date(millis).toISOString().slice(0, -1)}${String(micros - millis * 1000).padStart(3, '0')}Z`);
}

const elementTypes = {
  bool: fixed<boolean>(16, 1, (target, offset, item) => {
    target[offset] = item ? 1 : 0;
  }),
  int2: fixed<number>(21, 2, (target, offset, item) => {
    target[offset] = item >>> 8;
    target[offset + 1] = item;
  }),
  int4: fixed<number>(23, 4, writeInt32),
  int8: fixed<number>(20, 8, writeInt64),
  /** 64-bit numbers that are hashes, kept as BigInt because they use all bits. */
  hash8: fixed<bigint>(20, 8, (target, offset, item) => void target.writeBigInt64BE(item, offset)),
  /** Microseconds since 1970; PostgreSQL counts from 2000. */
  timestamptz: fixed<number>(
    1184,
    8,
    (target, offset, item) => writeInt64(target, offset, item - 946_684_800_000_000),
    timeLiteral,
  ),
  uuid: fixed<string>(2950, 16, writeUuid),
  /** bytea of a SHA-256, given in hex: a Buffer for each came with memory of its own, and garbage collections. */
  sha256: fixed<string>(17, 32, writeHex, (item) => `"\\\\x${item}"`),
  text: textual(25),
  json: textual(114),
  /** json that is bytes already: the data of a content. */
  data: {
    oid: 114,
    width: null,
    size: (item: Content) => item.dataEnd - item.dataStart,
    write: (target: Buffer, offset: number, item: Content) =>
      void item.buffer.copy(target, offset, item.dataStart, item.dataEnd),
    text: (item: Content) => quote(dataText(item)),
  } satisfies ElementType<Content>,
  jsonb: {
    ...textual(3802),
    // jsonb's binary format is a version byte and the text.
    size: (item: string) => Buffer.byteLength(item) + 1,
    write: (target: Buffer, offset: number, item: string) => {
      target[offset] = 1;
      target.write(item, offset + 1, 'utf8');
    },
  } satisfies ElementType<string>,
} as const;

type Items = {
  [Name in keyof typeof elementTypes]: (typeof elementTypes)[Name] extends ElementType<infer Item> ? Item : never;
};

/** A column of the given element type. One that is null throughout is sent as null. */
export function column<Name extends keyof Items>(name: Name, items: readonly (Items[Name] | null)[]): Column {
  return columnOf(name, items, (item) => item);
}

/** A column picked out of a list of records, at the moment when it is sent. */
export function columnOf<Name extends keyof Items, Record>(
  name: Name,
  records: readonly Record[],
  pick: (record: Record) => Items[Name] | null,
): Column {
  const type = elementTypes[name] as unknown as ElementType<Items[Name]>;
  return {
    binary: () =>
      type.width === null ? toVariableBinary(type, records.map(pick)) : toFixedBinary(type, type.width, records, pick),
    literal: () => toLiteral(type, records.map(pick)),
  };
}

function toLiteral<Item>(type: ElementType<Item>, items: readonly (Item | null)[]): string | null {
  if (isNull(items)) return null;
  return `{${items.map((item) => (item === null ? 'NULL' : type.text(item))).join(',')}}`;
}

const isNull = (items: readonly unknown[]): boolean => items.length > 0 && items.every((item) => item === null);

/** Bytes before the first element: dimensions, null flag, element's OID, length, lower bound. */
const headerBytes = 20;

function writeHeader(target: Buffer, oid: number, length: number, nulls: number): void {
  writeInt32(target, 0, 1);
  writeInt32(target, 4, nulls > 0 ? 1 : 0);
  writeInt32(target, 8, oid);
  writeInt32(target, 12, length);
  writeInt32(target, 16, 1);
}

function toFixedBinary<Item, Record>(
  type: ElementType<Item>,
  width: number,
  records: readonly Record[],
  pick: (record: Record) => Item | null,
): Buffer | null {
  const target = Buffer.allocUnsafe(headerBytes + records.length * (4 + width));
  let offset = headerBytes;
  let nulls = 0;
  for (const record of records) {
    const item = pick(record);
    if (item === null) {
      nulls += 1;
      writeInt32(target, offset, -1);
      offset += 4;
      continue;
    }
    writeInt32(target, offset, width);
    type.write(target, offset + 4, item);
    offset += 4 + width;
  }
  if (nulls > 0 && nulls === records.length) return null;
  writeHeader(target, type.oid, records.length, nulls);
  return target.subarray(0, offset);
}

function toVariableBinary<Item>(type: ElementType<Item>, items: readonly (Item | null)[]): Buffer | null {
  if (isNull(items)) return null;
  let bytes = headerBytes + items.length * 4;
  let nulls = 0;
  for (const item of items) {
    if (item === null) nulls += 1;
    else bytes += type.size(item);
  }
  const target = Buffer.allocUnsafe(bytes);
  writeHeader(target, type.oid, items.length, nulls);
  let offset = headerBytes;
  for (const item of items) {
    const size = item === null ? -1 : type.size(item);
    writeInt32(target, offset, size);
    offset += 4;
    if (item === null) continue;
    type.write(target, offset, item);
    offset += size;
  }
  return target;
}
