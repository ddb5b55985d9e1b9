/** What of a filter the segments can answer: a tree of keys that lets through every event the filter does, and some more. */
import {
  actorTypes,
  compilePattern,
  type Filter,
  type FilterValue,
  impacts,
  type OrderFilter,
  type OrderOperator,
  outcomes,
  severities,
  type TextFilter,
  tiers,
  type ValueFilter,
  wordsOf,
} from '@telltale/catalogue';
import type { RegisteredType, Registry } from '../catalogue/registry.ts';
import { type KeyKind, keyOf, typeKey } from '../segment/key.ts';
import type { Lexemes } from '../segment/lexeme.ts';
import { type Bitmap, emptyBitmap, fullBitmap } from '../segment/posting.ts';

/** `any` lets everything through: the segments know nothing of it. */
export type KeyPlan =
  | { readonly kind: 'any' }
  | { readonly kind: 'key'; readonly key: number }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly KeyPlan[] };

const any: KeyPlan = { kind: 'any' };
const none: KeyPlan = { kind: 'or', parts: [] };
const key = (value: number): KeyPlan => ({ kind: 'key', key: value });

export interface PlanContext {
  readonly registry: Registry;
  readonly lexemes: Lexemes;
}

/** Words whose lexemes the plan needs; `Lexemes.learn` them first. */
export function wordsOfFilter(tree: Filter): string[] {
  switch (tree.kind) {
    case 'and':
    case 'or':
      return tree.parts.flatMap(wordsOfFilter);
    case 'not':
      return wordsOfFilter(tree.part);
    case 'text':
      return tree.words.flatMap(wordsOf);
    default:
      return [];
  }
}

export function planOf(tree: Filter, context: PlanContext): KeyPlan {
  switch (tree.kind) {
    case 'and':
      return allOf(tree.parts.map((part) => planOf(part, context)));
    case 'or':
      return anyOf(tree.parts.map((part) => planOf(part, context)));
    case 'text':
      return planText(tree, context.lexemes);
    case 'value':
      return planValues(tree, context.registry);
    case 'order':
      return planOrder(tree);
    case 'not':
      // What a key lets through is more than what the filter does, so its opposite would be less.
      return nothingIn(tree.part) ? none : any;
    default:
      return any;
  }
}

/** Whether the plan lets through little more than the filter does; else PostgreSQL had better look at the events first. */
export function isCovered(tree: Filter, context: PlanContext): boolean {
  switch (tree.kind) {
    case 'and':
    case 'or':
      return tree.parts.every((part) => isCovered(part, context));
    case 'order':
      return tree.field.name === 'timestamp' || planOrder(tree).kind !== 'any';
    case 'not':
      return nothingIn(tree.part);
    default:
      return planOf(tree, context).kind !== 'any';
  }
}

/** The opposite of a field that every event has: how an empty list of criteria is written. */
const nothingIn = (part: Filter): boolean => part.kind === 'present' && part.field.name === 'type';

function allOf(parts: readonly KeyPlan[]): KeyPlan {
  const useful = parts.filter((part) => part.kind !== 'any');
  if (useful.length === 0) return any;
  return useful.length === 1 ? (useful[0] as KeyPlan) : { kind: 'and', parts: useful };
}

function anyOf(parts: readonly KeyPlan[]): KeyPlan {
  if (parts.some((part) => part.kind === 'any')) return any;
  return parts.length === 1 ? (parts[0] as KeyPlan) : { kind: 'or', parts };
}

/** Stop words are in no segment; a phrase of nothing else could be anywhere. */
function planText({ words }: TextFilter, lexemes: Lexemes): KeyPlan {
  const keys = words.flatMap((word) => {
    const lexeme = lexemes.of(word);
    return lexeme == null ? [] : [key(keyOf('lexeme', lexeme))];
  });
  return allOf(keys);
}

const ordered: Readonly<Record<string, readonly string[]>> = { severity: severities, impact: impacts };
const listed: Readonly<Record<string, readonly string[]>> = {
  ...ordered,
  outcome: outcomes,
  tier: tiers,
  'actor.type': actorTypes,
};
const plain = new Set([
  'device',
  'aggregate.type',
  'source',
  'service',
  'environment',
  'tenant',
  'correlation',
  'causation',
]);

function planValues({ field, values }: ValueFilter, registry: Registry): KeyPlan {
  const parts = values.map((value): KeyPlan => {
    if (value.kind !== 'text') return any;
    if (field.name === 'type') return planTypes((type) => compilePattern(value.parts)(type.name), registry);
    const text = exactText(value);
    if (text === undefined) return any;
    if (field.name === 'category') return planTypes((type) => type.category === text, registry);
    const words = listed[field.name];
    if (words !== undefined) {
      const place = words.indexOf(text);
      return place < 0 ? none : key(keyOf(field.name as KeyKind, place));
    }
    if (field.name === 'tag') return key(keyOf(`tag.${field.path.join('.')}`, text));
    // A device is named by its shard key alone, whether as aggregate or as actor.
    if (field.name === 'aggregate.id' || field.name === 'actor.id') {
      return anyOf([key(keyOf(field.name, text)), key(keyOf('device', text))]);
    }
    return plain.has(field.name) ? key(keyOf(field.name as KeyKind, text)) : any;
  });
  return anyOf(parts);
}

const exactText = (value: FilterValue): string | undefined =>
  value.kind === 'text' && value.parts.length === 1 ? value.parts[0] : undefined;

function planTypes(wanted: (type: RegisteredType) => boolean, registry: Registry): KeyPlan {
  const parts = registry.names().flatMap((name) => {
    const type = registry.find(name) as RegisteredType;
    return wanted(type) ? [key(typeKey(type.id))] : [];
  });
  return { kind: 'or', parts };
}

function planOrder({ field, operator, value }: OrderFilter): KeyPlan {
  const words = ordered[field.name];
  const bound = value.kind === 'text' && words !== undefined ? words.indexOf(value.parts.join('*')) : -1;
  if (words === undefined || bound < 0) return any;
  const passes = words.flatMap((_, place) => (compare(place, operator, bound) ? [place] : []));
  return anyOf(passes.map((place) => key(keyOf(field.name as KeyKind, place))));
}

function compare(place: number, operator: OrderOperator, bound: number): boolean {
  if (place === bound) return operator.endsWith('=');
  return operator.startsWith('>') === place > bound;
}

/** All keys of a plan, each once. */
export function keysOf(plan: KeyPlan): number[] {
  const keys = new Set<number>();
  const visit = (part: KeyPlan): void => {
    if (part.kind === 'key') keys.add(part.key);
    else if (part.kind !== 'any') part.parts.forEach(visit);
  };
  visit(plan);
  return [...keys];
}

/** Keys that a segment must have, and those of which it must have one: what the index over segments is asked for. */
export function requiredOf(plan: KeyPlan): { all: number[]; oneOf: number[] | null } {
  const parts = plan.kind === 'and' ? plan.parts : [plan];
  const all = parts.flatMap((part) => (part.kind === 'key' ? [part.key] : []));
  const choices = parts.flatMap((part) =>
    part.kind === 'or' && part.parts.every((one) => one.kind === 'key')
      ? [part.parts.map((one) => (one as { key: number }).key)]
      : [],
  );
  // One choice is enough to narrow the segments; the shortest is the likeliest to.
  choices.sort((one, other) => one.length - other.length);
  return { all, oneOf: choices[0] ?? null };
}

/** The positions of a segment that the plan lets through. */
export function evaluate(plan: KeyPlan, postingOf: (key: number) => Bitmap | undefined): Bitmap {
  switch (plan.kind) {
    case 'any':
      return fullBitmap();
    case 'key':
      return postingOf(plan.key) ?? emptyBitmap();
    case 'and':
      return plan.parts
        .map((part) => evaluate(part, postingOf))
        .reduce((one, other) => one.map((word, index) => word & (other[index] as number)));
    default:
      return plan.parts
        .map((part) => evaluate(part, postingOf))
        .reduce((one, other) => one.map((word, index) => word | (other[index] as number)), emptyBitmap());
  }
}
