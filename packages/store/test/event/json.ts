/** Arbitrary JSON for fast-check: everything that an event may carry, and nothing that is refused. */
import fc from 'fast-check';

/** Texts that have broken a program before: quotes, separators of array literals, escapes, words that mean nothing. */
const hardTexts = [
  '',
  ' ',
  'NULL',
  'null',
  '"',
  "'",
  '\\',
  '\\"',
  '\\\\',
  '{',
  '}',
  '{}',
  '{"a":1}',
  ',',
  '(,)',
  'a,b',
  '$1',
  '%s',
  '\t\n\r\b\f',
  '\u001f\u007f\u0080',
  '\u2028\u2029',
  'é',
  'e\u0301',
  '\ufeff',
  '\uffff',
  '😀',
  '\u{10ffff}',
  '\\x00',
  '\\u0000',
  '__proto__',
  'constructor',
  'toJSON',
  "'; drop table telltale.logs; --",
];

/** Well-formed text without U+0000. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...hardTexts),
  fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.replaceAll('\u0000', '')),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);

/** Finite numbers that are no integers beyond 2^53 - 1. */
const number: fc.Arbitrary<number> = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -1000, max: 1000 }),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value)),
  fc.constantFrom(0, -0, 1e-7, 5e-324, 0.1, 1 / 3, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1e-300),
);

/** Any JSON value, objects with hostile keys included. */
export const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    number,
    text,
    fc.array(tie('value'), { maxLength: 5 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(text, tie('value')), { maxLength: 6 }).map((members) => objectOf(members)),
})).value;

/** A plain object, `__proto__` being a key like any other. */
export function objectOf(members: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [key, value] of members) {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return object;
}

/** A JSON object. */
export const jsonObject: fc.Arbitrary<Record<string, unknown>> = fc
  .array(fc.tuple(text, json), { maxLength: 6 })
  .map((members) => objectOf(members));
