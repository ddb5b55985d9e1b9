/** Reads what stands behind a field's operator, by the field's kind. */
import { nearestNames } from '../nearest.ts';
import type { FieldEntry, FieldKind } from './field.ts';
import { parseInstant, parseRelative } from './instant.ts';
import { refuseFilter } from './refuse.ts';
import type { FilterValue, Span } from './tree.ts';

/** A value as it was written: its text between the stars, and whether any of it stood in quotes. */
export interface WrittenValue {
  readonly parts: readonly string[];
  readonly quoted: boolean;
  readonly span: Span;
}

/** What reading a value needs to know of the text around it. */
export interface ValueContext {
  readonly text: string;
  readonly entry: FieldEntry;
  readonly now: Date;
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const uuidPart = /^[0-9a-f-]*$/;
const numberForm = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const integerForm = /^(?:0|[1-9]\d{0,15})$/;

/** A bare text, the only form that numbers, words and times have. */
const bareText = ({ parts }: WrittenValue): string => parts.join('*');

const text = (...parts: string[]): FilterValue => ({ kind: 'text', parts });

const readers: Record<FieldKind, (written: WrittenValue, context: ValueContext) => FilterValue> = {
  type: ({ parts }) => text(...parts),
  text: ({ parts }) => text(...parts),
  word: readWord,
  uuid: readUuid,
  time: readTime,
  integer: readInteger,
  json: readJson,
};

/** @throws InvalidFilter when the value does not fit the field. */
export function readValue(written: WrittenValue, context: ValueContext): FilterValue {
  return readers[context.entry.kind](written, context);
}

/** A number to compare data with. @throws InvalidFilter for anything else. */
export function readNumber(written: WrittenValue, { text: source }: ValueContext): FilterValue {
  const number = written.quoted ? undefined : numberOf(bareText(written));
  if (number === undefined) throw refuseFilter(source, written.span, 'a number, such as 80 or -1.5e3');
  return number;
}

function numberOf(written: string): FilterValue | undefined {
  if (!numberForm.test(written)) return undefined;
  const value = Number(written);
  return Number.isFinite(value) ? { kind: 'number', value, text: written } : undefined;
}

function readWord(written: WrittenValue, { text: source, entry }: ValueContext): FilterValue {
  const { words = [] } = entry;
  const found = bareText(written);
  if (words.includes(found)) return text(found);
  const near = nearestNames(found, words);
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : '';
  throw refuseFilter(source, written.span, `one of ${words.join(', ')}`, hint);
}

function readUuid(written: WrittenValue, { text: source }: ValueContext): FilterValue {
  const parts = written.parts.map((part) => part.toLowerCase());
  const fits = parts.length === 1 ? uuidForm.test(parts[0] ?? '') : parts.every((part) => uuidPart.test(part));
  if (fits) return text(...parts);
  throw refuseFilter(source, written.span, 'a UUID, or the start of one and a star, such as 0192f0c1*');
}

function readTime(written: WrittenValue, { text: source, now }: ValueContext): FilterValue {
  const found = bareText(written);
  const value = parseInstant(found) ?? parseRelative(found, now);
  if (value !== undefined) return { kind: 'time', value };
  throw refuseFilter(
    source,
    written.span,
    'a time such as 2026-11-23T10:00:00Z, or one before now such as -2h (s, m, h, d, w)',
  );
}

function readInteger(written: WrittenValue, { text: source }: ValueContext): FilterValue {
  const found = bareText(written);
  const value = Number(found);
  if (integerForm.test(found) && Number.isSafeInteger(value)) return { kind: 'number', value, text: found };
  throw refuseFilter(source, written.span, 'a whole number from 0');
}

/** In data a bare 80 is the number and the text, a quoted one the text alone. */
function readJson(written: WrittenValue): FilterValue {
  const [only = ''] = written.parts;
  if (written.quoted || written.parts.length > 1) return text(...written.parts);
  if (only === 'true' || only === 'false') return { kind: 'boolean', value: only === 'true' };
  return numberOf(only) ?? text(only);
}
