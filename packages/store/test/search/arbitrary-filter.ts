/** Arbitrary filters for fast-check, of any shape, over a vocabulary that the events of the test share, so that filters hit. */
import {
  actorTypes,
  allOf,
  anyOf,
  categories,
  type Filter,
  type FilterField,
  type FilterValue,
  fieldEntry,
  fieldNames,
  impacts,
  outcomes,
  severities,
  tiers,
  wordsOf,
} from '@telltale/catalogue';
import fc from 'fast-check';

const span = { offset: 0, length: 0 };

/** What a filter is made of. */
export interface Vocabulary {
  readonly types: readonly string[];
  /** Texts that stand in events, and their like. */
  readonly texts: readonly string[];
  readonly uuids: readonly string[];
  readonly times: readonly string[];
  readonly numbers: readonly number[];
  readonly keys: readonly string[];
  readonly metadataPaths: readonly (readonly string[])[];
}

const wordsOfField: Record<string, readonly string[]> = {
  category: categories,
  severity: severities,
  outcome: outcomes,
  impact: impacts,
  tier: tiers,
  'actor.type': actorTypes,
};

/** A text, or some of its characters with stars where the others were. */
function textValue(texts: fc.Arbitrary<string>): fc.Arbitrary<FilterValue> {
  const starred = fc.tuple(texts, fc.nat(100), fc.nat(100), fc.nat(3)).map(([text, one, other, form]): FilterValue => {
    const characters = Array.from(text);
    const [from, to] = [one % (characters.length + 1), other % (characters.length + 1)].sort((a, b) => a - b) as [
      number,
      number,
    ];
    const cut = (start: number, end?: number): string => characters.slice(start, end).join('');
    const forms = [
      ['', cut(from)],
      [cut(0, to), ''],
      ['', cut(from, to), ''],
      [cut(0, from), cut(to)],
    ];
    const parts = forms[form] as string[];
    // A star alone is no value, and a middle part of nothing is one star.
    if (parts.join('') === '' || parts.slice(1, -1).includes('')) return { kind: 'text', parts: [text] };
    return { kind: 'text', parts };
  });
  return fc.oneof(
    texts.map((text): FilterValue => ({ kind: 'text', parts: [text] })),
    starred,
  );
}

const numberOf = (value: number): FilterValue => ({ kind: 'number', value, text: String(value) });

function valueOf(field: FilterField, vocabulary: Vocabulary): fc.Arbitrary<FilterValue> {
  const { kind } = fieldEntry(field.name);
  const text = textValue(fc.constantFrom(...vocabulary.texts));
  const number = fc.constantFrom(...vocabulary.numbers).map(numberOf);
  switch (kind) {
    case 'type':
      return textValue(fc.constantFrom(...vocabulary.types)).filter(
        (value) => value.kind !== 'text' || value.parts.length > 1 || vocabulary.types.includes(value.parts.join('')),
      );
    case 'word':
      return fc.constantFrom(...(wordsOfField[field.name] ?? [])).map((word) => ({ kind: 'text', parts: [word] }));
    case 'uuid':
      return textValue(fc.constantFrom(...vocabulary.uuids));
    case 'time':
      return fc.constantFrom(...vocabulary.times).map((value) => ({ kind: 'time', value }));
    case 'integer':
      return fc.oneof(fc.nat(5), fc.nat(400)).map(numberOf);
    case 'json':
      return fc.oneof(
        text,
        number,
        fc.boolean().map((value): FilterValue => ({ kind: 'boolean', value })),
      );
    default:
      return text;
  }
}

function fieldOf(vocabulary: Vocabulary): fc.Arbitrary<FilterField> {
  const key = fc.constantFrom(...vocabulary.keys);
  const path = fc.array(key, { minLength: 1, maxLength: 3 });
  // Data twice: it is where most can differ.
  return fc.constantFrom(...fieldNames, 'data' as const, 'tag' as const).chain((name): fc.Arbitrary<FilterField> => {
    if (name === 'metadata') return fc.constantFrom(...vocabulary.metadataPaths).map((keys) => ({ name, path: keys }));
    if (name === 'data') return path.map((keys) => ({ name, path: keys }));
    if (name === 'tag') return key.map((tag) => ({ name, path: [tag] }));
    return fc.constant({ name, path: [] });
  });
}

function leafOf(vocabulary: Vocabulary): fc.Arbitrary<Filter> {
  const values = fieldOf(vocabulary).chain((field) =>
    fc
      .array(valueOf(field, vocabulary), { minLength: 1, maxLength: 3 })
      .map((list): Filter => ({ kind: 'value', field, values: list, span })),
  );
  const present = fieldOf(vocabulary).map((field): Filter => ({ kind: 'present', field, span }));
  const order = fieldOf(vocabulary)
    .filter(
      ({ name }) => fieldEntry(name).ordered === true || ['time', 'integer', 'json'].includes(fieldEntry(name).kind),
    )
    .chain((field) =>
      fc.tuple(
        fc.constant(field),
        fc.constantFrom('>' as const, '>=' as const, '<' as const, '<=' as const),
        fieldEntry(field.name).kind === 'json'
          ? fc.constantFrom(...vocabulary.numbers).map(numberOf)
          : valueOf(field, vocabulary),
      ),
    )
    .map(([field, operator, value]): Filter => ({ kind: 'order', field, operator, value, span }));
  const text = fc
    .tuple(fc.constantFrom(...vocabulary.texts, ...vocabulary.types), fc.nat(8), fc.integer({ min: 1, max: 3 }))
    .map(([value, from, count]) =>
      wordsOf(value)
        .slice(from % Math.max(1, wordsOf(value).length))
        .slice(0, count),
    )
    .filter((words) => words.length > 0)
    .map((words): Filter => ({ kind: 'text', words, span }));
  return fc.oneof(
    { weight: 4, arbitrary: values },
    present,
    { weight: 2, arbitrary: order },
    { weight: 2, arbitrary: text },
  );
}

/** Any tree of the vocabulary, as the parser would make it. */
export function filterOf(vocabulary: Vocabulary): fc.Arbitrary<Filter> {
  const leaf = leafOf(vocabulary);
  return fc.letrec<{ tree: Filter }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map(allOf),
      fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map(anyOf),
      tie('tree').map((part): Filter => ({ kind: 'not', part, span })),
    ),
  })).tree;
}
