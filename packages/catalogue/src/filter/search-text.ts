/** What the free text of a filter is looked for in, and how texts are cut into words. PostgreSQL does it alike: contains_words.sql. */
import type { Event } from '../envelope.ts';
import { isObject, type Json, own, parsePointer } from '../pointer.ts';

/** ASCII characters that are neither letters nor digits; every other character belongs to a word. */
const separators = /[^0-9A-Za-z\u0080-\uffff]+/;
const separatorRuns = new RegExp(separators, 'g');
const beyondAscii = /[\u0080-\uffff]/;
const capitals = /[A-Z]+/g;

/** Only ASCII letters are lowered: what else has a case differs between languages, platforms and versions of Unicode. */
function lower(text: string): string {
  return beyondAscii.test(text) ? text.replaceAll(capitals, (run) => run.toLowerCase()) : text.toLowerCase();
}

/** The words of a text, in order. */
export function wordsOf(text: string): string[] {
  return lower(text)
    .split(separators)
    .filter((word) => word !== '');
}

/** Whether the words stand in the text one after the other, as whole words. */
export function hasWords(text: string, words: readonly string[]): boolean {
  return padded(text).includes(` ${words.join(' ')} `);
}

/** The words with a space around each. What separates them becomes one space; beside the outer ones there may be two. */
const padded = (text: string): string => ` ${lower(text).replaceAll(separatorRuns, ' ')} `;

/** What of an event free text is looked for in. */
export type SearchedEvent = Pick<Event, 'event_type' | 'aggregate_type' | 'aggregate_id' | 'source' | 'data'>;

/**
 * The texts of an event that free text is looked for in: its type, its aggregate's id unless that is a device, its
 * source, and every string in its data but those at the personal pointers or below them. Keys are never searched.
 */
export function searchValues(event: SearchedEvent, personal: readonly string[]): string[] {
  const values = [event.event_type];
  if (event.aggregate_type !== 'device') values.push(event.aggregate_id);
  if (event.source !== null) values.push(event.source);
  collect(event.data, personal.map(parsePointer), values);
  return values;
}

/** `hidden` holds what is left of each personal pointer that leads through this value. */
function collect(value: unknown, hidden: readonly string[][], into: string[]): void {
  if (hidden.some((pointer) => pointer.length === 0)) return;
  if (typeof value === 'string') into.push(value);
  else if (Array.isArray(value)) value.forEach((item, index) => collect(item, below(hidden, String(index)), into));
  else if (isObject(value)) collectMembers(value, hidden, into);
}

function collectMembers(value: Json, hidden: readonly string[][], into: string[]): void {
  for (const key of Object.keys(value)) collect(own(value, key), below(hidden, key), into);
}

function below(pointers: readonly string[][], key: string): string[][] {
  if (pointers.length === 0) return [];
  return pointers.filter(([token]) => token === '*' || token === key).map((pointer) => pointer.slice(1));
}

/** The personal pointers of an event type. */
export type PersonalLookup = (eventType: string) => readonly string[];

/** An event's words are cut once for all the filters of a live stream: a thousand clients would do it a thousand times. */
const remembered = new WeakMap<PersonalLookup, WeakMap<Event, string>>();

/** All search values of an event in words; a line break, which no word holds, keeps two values apart. */
export function searchText(event: Event, personal: PersonalLookup): string {
  let texts = remembered.get(personal);
  if (texts === undefined) {
    texts = new WeakMap();
    remembered.set(personal, texts);
  }
  let text = texts.get(event);
  if (text === undefined) {
    text = searchValues(event, personal(event.event_type)).map(padded).join('\n');
    texts.set(event, text);
  }
  return text;
}
