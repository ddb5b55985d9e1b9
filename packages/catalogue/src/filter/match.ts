/** Compiles a tree to a predicate, for live streams: the same answer that its SQL gives on the recorded event. */
import type { Event } from '../envelope.ts';
import { fieldEntry } from './field.ts';
import { compilePattern } from './pattern.ts';
import { type PersonalLookup, searchText } from './search-text.ts';
import type { Filter, FilterField, FilterValue, OrderFilter, OrderOperator, ValueFilter } from './tree.ts';

export interface MatchOptions {
  /**
   * The personal pointers of an event type, which free text never looks at. Give the same function each time: an event's
   * words are remembered by it.
   */
  readonly personal: PersonalLookup;
  /** Only events of this tenant pass, whatever the filter says. Null or nothing: of any. */
  readonly tenant?: string | null;
}

type EventTest = (event: Event) => boolean;

/** The predicate of a tree. */
export function matchFilter(tree: Filter, options: MatchOptions): (event: Event) => boolean {
  const test = compile(tree, options.personal);
  const { tenant } = options;
  return tenant == null ? test : (event) => event.tenant === tenant && test(event);
}

function compile(tree: Filter, personal: PersonalLookup): EventTest {
  switch (tree.kind) {
    case 'and': {
      const parts = tree.parts.map((part) => compile(part, personal));
      return (event) => parts.every((test) => test(event));
    }
    case 'or': {
      const parts = tree.parts.map((part) => compile(part, personal));
      return (event) => parts.some((test) => test(event));
    }
    case 'not': {
      const part = compile(tree.part, personal);
      return (event) => !part(event);
    }
    case 'text': {
      const phrase = ` ${tree.words.join(' ')} `;
      return (event) => searchText(event, personal).includes(phrase);
    }
    case 'present': {
      const read = reader(tree.field);
      return (event) => read(event) != null;
    }
    case 'value':
      return compileValues(tree);
    case 'order':
      return compileOrder(tree);
    default:
      return tree satisfies never;
  }
}

function reader({ name, path }: FilterField): (event: Event) => unknown {
  const { read } = fieldEntry(name);
  return (event) => read(event, path);
}

function compileValues({ field, values }: ValueFilter): EventTest {
  const read = reader(field);
  const { kind } = fieldEntry(field.name);
  const texts = new Set<unknown>();
  const others = new Set<unknown>();
  const patterns: ((text: string) => boolean)[] = [];
  for (const value of values) sortValue(value, kind === 'json', texts, others, patterns);
  const matches = (found: unknown): boolean => {
    if (typeof found === 'string') return texts.has(found) || patterns.some((test) => test(found));
    return others.has(found);
  };
  if (kind !== 'type' || patterns.length === 0) return (event) => matches(read(event));
  // Names of types are few, so each is compared with the patterns once.
  const seen = new Map<string, boolean>();
  return ({ event_type: name }) => {
    const known = seen.get(name) ?? matches(name);
    seen.set(name, known);
    return known;
  };
}

/** What a value equals: strings, and in documents numbers and booleans beside the string of the same characters. */
function sortValue(
  value: FilterValue,
  json: boolean,
  texts: Set<unknown>,
  others: Set<unknown>,
  patterns: ((text: string) => boolean)[],
): void {
  if (value.kind === 'time') texts.add(value.value);
  else if (value.kind === 'text' && value.parts.length === 1) texts.add(value.parts[0]);
  else if (value.kind === 'text') patterns.push(compilePattern(value.parts));
  else {
    others.add(value.value);
    if (json) texts.add(value.kind === 'number' ? value.text : String(value.value));
  }
}

const comparisons: Record<OrderOperator, (found: number | string, bound: number | string) => boolean> = {
  '>': (found, bound) => found > bound,
  '>=': (found, bound) => found >= bound,
  '<': (found, bound) => found < bound,
  '<=': (found, bound) => found <= bound,
};

function compileOrder({ field, operator, value }: OrderFilter): EventTest {
  const read = reader(field);
  const compare = comparisons[operator];
  const { words } = fieldEntry(field.name);
  if (words !== undefined && value.kind === 'text') {
    const bound = words.indexOf(value.parts.join('*'));
    return (event) => {
      const place = words.indexOf(read(event) as string);
      return place >= 0 && compare(place, bound);
    };
  }
  if (value.kind === 'time') {
    return (event) => compare(read(event) as string, value.value);
  }
  const bound = value.kind === 'number' ? value.value : Number.NaN;
  return (event) => {
    const found = read(event);
    return typeof found === 'number' && compare(found, bound);
  };
}
