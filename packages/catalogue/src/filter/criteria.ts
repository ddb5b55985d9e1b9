/** The criteria of a search (specification §3), turned into the same tree that a filter's text becomes. */
import { TelltaleError } from '../failure.ts';
import { nearestNames } from '../nearest.ts';
import { isObject } from '../pointer.ts';
import { actorTypes, type Category, categories, type Outcome, outcomes, severities } from '../word.ts';
import type { FieldName } from './field.ts';
import { parseInstant } from './instant.ts';
import { type ParseOptions, parseFilter } from './parse.ts';
import { wordsOf } from './search-text.ts';
import { allOf, countTerms, type Filter, type FilterValue, filterBounds, type OrderOperator } from './tree.ts';

/** What `search` takes. All of it must hold; an empty list lets nothing pass. The newest events come first, always. */
export interface EventSearchCriteria {
  readonly deviceUuid?: string;
  readonly eventTypes?: readonly string[];
  readonly aggregateTypes?: readonly string[];
  /** From this `timestamp` on. A Date, or RFC 3339 with an offset. */
  readonly dateFrom?: Date | string;
  /** Up to this `timestamp`, which is not included: one day's end is the next one's beginning. */
  readonly dateTo?: Date | string;
  readonly severity?: readonly string[];
  readonly actor?: { readonly type: string; readonly id?: string };
  readonly tags?: Readonly<Record<string, string>>;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly outcome?: readonly Outcome[];
  readonly category?: readonly Category[];
  readonly tenant?: string;
  /** Words that must all be there, those in double quotes one after the other. */
  readonly text?: string;
  /** A filter in Telltale's grammar. */
  readonly filter?: string;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  /** Events of one page. */
  readonly limit?: number;
  /** Events to leave out before the first one. */
  readonly offset?: number;
}

const span = { offset: 0, length: 0 };
/** Items of one list: more than there are event types, few enough for one parameter. */
const longestList = 1000;
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type CriterionReader = (value: unknown, pointer: string, options: ParseOptions) => Filter[];

const readers: Record<keyof EventSearchCriteria, CriterionReader> = {
  deviceUuid: (value, pointer) => [equal('device', [readUuid(value, pointer)])],
  eventTypes: (value, pointer) => [equal('type', readList(value, pointer))],
  aggregateTypes: (value, pointer) => [equal('aggregate.type', readList(value, pointer))],
  dateFrom: (value, pointer) => [order('>=', readTime(value, pointer))],
  dateTo: (value, pointer) => [order('<', readTime(value, pointer))],
  severity: (value, pointer) => [equal('severity', readList(value, pointer, severities))],
  actor: readActor,
  tags: readTags,
  correlationId: (value, pointer) => [equal('correlation', [readUuid(value, pointer)])],
  causationId: (value, pointer) => [equal('causation', [readUuid(value, pointer)])],
  outcome: (value, pointer) => [equal('outcome', readList(value, pointer, outcomes))],
  category: (value, pointer) => [equal('category', readList(value, pointer, categories))],
  tenant: (value, pointer) => [equal('tenant', [readText(value, pointer)])],
  text: readFreeText,
  filter: (value, _pointer, options) => [parseFilter(value as string, options)],
  cursor: () => [],
  limit: () => [],
  offset: () => [],
};

/**
 * The tree of search criteria; cursor, limit and offset are no part of it.
 * @throws InvalidArgument and InvalidTimestamp with the criterion's pointer; InvalidFilter for `filter` and `text`.
 */
export function filterOf(criteria: EventSearchCriteria, options: ParseOptions = {}): Filter {
  if (!isObject(criteria)) throw refuse('', 'an object of criteria', typeof criteria);
  const parts: Filter[] = [];
  for (const [name, value] of Object.entries(criteria)) {
    if (!Object.hasOwn(readers, name)) throw refuseName(name);
    if (value != null) parts.push(...readers[name as keyof EventSearchCriteria](value, `/${name}`, options));
  }
  refuseInverted(criteria);
  const tree = allOf(parts);
  const terms = countTerms(tree);
  if (terms > filterBounds.terms) throw refuse('', `at most ${filterBounds.terms} criteria`, String(terms));
  return tree;
}

function refuseName(name: string): TelltaleError {
  const near = nearestNames(name, Object.keys(readers));
  const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
  const message = `/${name}: expected one of ${Object.keys(readers).join(', ')} (found: ${name})${hint}`;
  return new TelltaleError('InvalidArgument', message, { pointer: `/${name}`, found: name });
}

function refuseInverted({ dateFrom, dateTo }: EventSearchCriteria): void {
  if (dateFrom == null || dateTo == null) return;
  const from = readTime(dateFrom, '/dateFrom');
  const to = readTime(dateTo, '/dateTo');
  if (to < from) throw refuse('/dateTo', `a time from ${from} on`, to);
}

function equal(name: FieldName, texts: readonly string[], path: readonly string[] = []): Filter {
  const field = { name, path };
  // Nothing is asked for: a field that every event has is missing in none.
  if (texts.length === 0)
    return { kind: 'not', part: { kind: 'present', field: { name: 'type', path: [] }, span }, span };
  return { kind: 'value', field, values: texts.map((text): FilterValue => ({ kind: 'text', parts: [text] })), span };
}

function order(operator: OrderOperator, value: string): Filter {
  return { kind: 'order', field: { name: 'timestamp', path: [] }, operator, value: { kind: 'time', value }, span };
}

function readActor(value: unknown, pointer: string): Filter[] {
  if (!isObject(value)) throw refuse(pointer, 'an object with type and id', typeof value);
  const other = Object.keys(value).find((key) => key !== 'type' && key !== 'id');
  if (other !== undefined) throw refuse(`${pointer}/${other}`, 'type or id', other);
  const parts: Filter[] = [];
  if (value['type'] != null) parts.push(equal('actor.type', readList([value['type']], `${pointer}/type`, actorTypes)));
  if (value['id'] != null) parts.push(equal('actor.id', [readText(value['id'], `${pointer}/id`)]));
  return parts;
}

function readTags(value: unknown, pointer: string): Filter[] {
  if (!isObject(value)) throw refuse(pointer, 'an object of tags', typeof value);
  return Object.entries(value).map(([name, tag]) =>
    equal('tag', [readText(tag, `${pointer}/${name}`)], [readText(name, `${pointer}/${name}`)]),
  );
}

function readFreeText(value: unknown, pointer: string): Filter[] {
  const pieces = [...readText(value, pointer).matchAll(/"([^"]*)"|[^ \t\n\v\f\r"]+/g)];
  const phrases = pieces.map(([bare, quoted]) => wordsOf(quoted ?? bare)).filter((words) => words.length > 0);
  if (phrases.length > 0) return phrases.map((words): Filter => ({ kind: 'text', words, span }));
  throw new TelltaleError('InvalidFilter', `${pointer}: expected a word of letters or digits (found: none)`, {
    pointer,
  });
}

function readList(value: unknown, pointer: string, words?: readonly string[]): string[] {
  if (!Array.isArray(value) || value.length > longestList) {
    throw refuse(
      pointer,
      `a list of at most ${longestList}`,
      Array.isArray(value) ? String(value.length) : typeof value,
    );
  }
  return value.map((item, index) => {
    const text = readText(item, `${pointer}/${index}`);
    if (words === undefined || words.includes(text)) return text;
    throw refuse(`${pointer}/${index}`, `one of ${words.join(', ')}`, text);
  });
}

function readText(value: unknown, pointer: string): string {
  if (typeof value !== 'string') throw refuse(pointer, 'a text', typeof value);
  if (value.length > filterBounds.length)
    throw refuse(pointer, `at most ${filterBounds.length} characters`, String(value.length));
  if (value.includes('\u0000') || /[\ud800-\udfff]/u.test(value)) {
    throw refuse(pointer, 'well-formed text without U+0000', 'another');
  }
  return value;
}

function readUuid(value: unknown, pointer: string): string {
  const text = readText(value, pointer).toLowerCase();
  if (!uuidForm.test(text)) throw refuse(pointer, 'a UUID', text.slice(0, 60));
  return text;
}

function readTime(value: unknown, pointer: string): string {
  const valid = value instanceof Date && !Number.isNaN(value.getTime());
  const text = valid ? value.toISOString() : String(value);
  const time = parseInstant(text);
  if (time !== undefined) return time;
  const message = `${pointer}: expected a Date or a date-time like 2026-11-23T10:00:00Z (found: ${text.slice(0, 60)})`;
  throw new TelltaleError('InvalidTimestamp', message, { pointer, expected: 'a date-time', found: text.slice(0, 60) });
}

function refuse(pointer: string, expected: string, found: string): TelltaleError {
  const where = pointer === '' ? '' : `${pointer}: `;
  return new TelltaleError('InvalidArgument', `${where}expected ${expected} (found: ${found})`, {
    pointer,
    expected,
    found,
  });
}
