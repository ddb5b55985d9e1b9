/** The tree of a filter: what every text, criterion and saved view becomes, and what SQL and live streams are made from. */
import type { FieldName } from './field.ts';

/** Where a node stands in the filter's text. Nodes that come from criteria have no text: length 0. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** A field of the table; `path` names the tag, or the keys into data or metadata. */
export interface FilterField {
  readonly name: FieldName;
  readonly path: readonly string[];
}

/** One value that an event's field is compared with. */
export type FilterValue =
  /** A star stands between each two parts: one part is an exact text, `['a', '']` is `a*`. */
  | { readonly kind: 'text'; readonly parts: readonly string[] }
  /** `text` is what was written: in data it also equals the string of these characters. */
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** Six-digit UTC, which compares as text. */
  | { readonly kind: 'time'; readonly value: string };

export type OrderOperator = '>' | '>=' | '<' | '<=';

/** Words that stand one after the other in one search value. */
export interface TextFilter {
  readonly kind: 'text';
  readonly words: readonly string[];
  readonly span: Span;
}

/** The field has a value. */
export interface PresentFilter {
  readonly kind: 'present';
  readonly field: FilterField;
  readonly span: Span;
}

/** The field equals one of the values. */
export interface ValueFilter {
  readonly kind: 'value';
  readonly field: FilterField;
  readonly values: readonly FilterValue[];
  readonly span: Span;
}

export interface OrderFilter {
  readonly kind: 'order';
  readonly field: FilterField;
  readonly operator: OrderOperator;
  readonly value: FilterValue;
  readonly span: Span;
}

export interface NotFilter {
  readonly kind: 'not';
  readonly part: Filter;
  readonly span: Span;
}

/** All parts; with none, everything: only the root may be empty. */
export interface AndFilter {
  readonly kind: 'and';
  readonly parts: readonly Filter[];
  readonly span: Span;
}

export interface OrFilter {
  readonly kind: 'or';
  readonly parts: readonly Filter[];
  readonly span: Span;
}

export type Filter = TextFilter | PresentFilter | ValueFilter | OrderFilter | NotFilter | AndFilter | OrFilter;

/** Bounds of a filter: what a person or a saved view needs is far below, what would keep a process busy far above. */
export const filterBounds = { length: 4096, depth: 32, terms: 200 } as const;

/** All of the parts. An `and` among them is taken apart, so that one meaning has one tree. */
export function allOf(parts: readonly Filter[]): Filter {
  return joined('and', parts);
}

/** Any of the parts; at least one. */
export function anyOf(parts: readonly Filter[]): Filter {
  return joined('or', parts);
}

function joined(kind: 'and' | 'or', parts: readonly Filter[]): Filter {
  const flat = parts.flatMap((part) => (part.kind === kind ? part.parts : [part]));
  const [first] = flat;
  if (first !== undefined && flat.length === 1) return first;
  return { kind, parts: flat, span: spanOf(flat) };
}

/** From the start of the first to the end of the last. */
function spanOf(parts: readonly Filter[]): Span {
  const offset = parts[0]?.span.offset ?? 0;
  const last = parts.at(-1)?.span ?? { offset, length: 0 };
  return { offset, length: last.offset + last.length - offset };
}

/** How many terms a tree has. */
export function countTerms(tree: Filter): number {
  switch (tree.kind) {
    case 'and':
    case 'or':
      return tree.parts.reduce((sum, part) => sum + countTerms(part), 0);
    case 'not':
      return countTerms(tree.part);
    default:
      return 1;
  }
}
