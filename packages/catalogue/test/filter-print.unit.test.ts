/** Printing and parsing are each other's reverse, and parsing survives anything. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  allOf,
  anyOf,
  type Filter,
  type FilterField,
  type FilterValue,
  fieldEntry,
  fieldNames,
  parseFilter,
  printFilter,
  TelltaleError,
  wordsOf,
} from '../src/index.ts';

const span = { offset: 0, length: 0 };

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }).map((value) => value.replaceAll('\0', '')),
  fc.string({ unit: fc.constantFrom(...'a1 "\\*(),:=<>!.-ÄOR\n'.split('')), maxLength: 8 }),
  fc.constantFrom('', 'OR', 'NOT', 'AND', 'true', '80', '-1e5', '*', '"', '\\', 'a b', '-x', '__proto__'),
);

const word = text.map((value) => wordsOf(value)).filter((words) => words.length > 0);

/** Parts of a pattern, the middle ones not empty, and not a star alone. */
const pattern = fc
  .tuple(
    text,
    fc.array(
      text.filter((part) => part !== ''),
      { maxLength: 2 },
    ),
    text,
  )
  .map(([first, middle, last]) => [first, ...middle, last])
  .filter((parts) => parts.join('') !== '');

const textValue = fc
  .oneof(
    text.map((only) => [only]),
    pattern,
  )
  .map((parts): FilterValue => ({ kind: 'text', parts }));
const number = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value): FilterValue => ({ kind: 'number', value, text: JSON.stringify(value) }))
  .map((value) => (value.kind === 'number' ? { ...value, value: Number(value.text) } : value));
const integer = fc.maxSafeNat().map((value): FilterValue => ({ kind: 'number', value, text: String(value) }));
const time = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date): FilterValue => ({ kind: 'time', value: `${date.toISOString().slice(0, -1)}000Z` }));
const uuid = fc.uuid().map((value): FilterValue => ({ kind: 'text', parts: [value] }));

const field: fc.Arbitrary<FilterField> = fc.constantFrom(...fieldNames).chain((name): fc.Arbitrary<FilterField> => {
  const { path } = fieldEntry(name);
  if (path === 'name') return text.map((tag) => ({ name, path: [tag] }));
  if (path === 'keys') return fc.array(text, { minLength: 1, maxLength: 3 }).map((keys) => ({ name, path: keys }));
  return fc.constant({ name, path: [] });
});

function valueOf({ name }: FilterField): fc.Arbitrary<FilterValue> {
  const { kind, words = [] } = fieldEntry(name);
  if (kind === 'word') return fc.constantFrom(...words).map((found) => ({ kind: 'text', parts: [found] }));
  if (kind === 'uuid') return uuid;
  if (kind === 'time') return time;
  if (kind === 'integer') return integer;
  if (kind === 'json')
    return fc.oneof(
      textValue,
      number,
      fc.boolean().map((value): FilterValue => ({ kind: 'boolean', value })),
    );
  return textValue;
}

const leaf: fc.Arbitrary<Filter> = fc.oneof(
  word.map((words): Filter => ({ kind: 'text', words, span })),
  field.map((of): Filter => ({ kind: 'present', field: of, span })),
  field.chain((of) =>
    fc
      .array(valueOf(of), { minLength: 1, maxLength: 3 })
      .map((values): Filter => ({ kind: 'value', field: of, values, span })),
  ),
  fc
    .tuple(field, fc.constantFrom('>' as const, '>=' as const, '<' as const, '<=' as const))
    .filter(
      ([{ name }]) => fieldEntry(name).ordered === true || ['time', 'integer', 'json'].includes(fieldEntry(name).kind),
    )
    .chain(([of, operator]) =>
      (fieldEntry(of.name).kind === 'json' ? number : valueOf(of)).map(
        (value): Filter => ({ kind: 'order', field: of, operator, value, span }),
      ),
    ),
);

const filter = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map(allOf),
    fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map(anyOf),
    tie('tree').map((part): Filter => ({ kind: 'not', part, span })),
  ),
})).tree;

/** The tree without its places in a text. */
const bare = (tree: Filter): unknown =>
  JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === 'span' ? undefined : value)));

test('parsing what was printed gives the same tree', () => {
  fc.assert(
    fc.property(filter, (tree) => {
      const printed = printFilter(tree);
      expect(bare(parseFilter(printed)), printed).toEqual(bare(tree));
    }),
    { numRuns: 1000 },
  );
});

test('any text parses, or is refused with a place inside it', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({
      unit: fc.constantFrom(
        ...'ab ():"\\*,-=<>!.'.split(''),
        ' OR ',
        ' NOT ',
        'type:',
        'data.',
        'severity>=',
        'error',
        '-2h',
      ),
      maxLength: 30,
    }),
  );
  fc.assert(
    fc.property(anything, (source) => {
      try {
        const tree = parseFilter(source);
        expect(bare(parseFilter(printFilter(tree)))).toEqual(bare(tree));
      } catch (error) {
        if (!(error instanceof TelltaleError)) throw error;
        expect(error.code).toBe('InvalidFilter');
        const { offset = -1, length = -1 } = error.place;
        expect(offset >= 0 && length >= 0 && offset + length <= source.length).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});
