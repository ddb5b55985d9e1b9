/** Looks for a full-text query in an event's search values: whether it matches, and where. */
import { wordsOf } from '@telltale/catalogue';
import type { Lexemes } from '../segment/lexeme.ts';
import type { TextQuery, TextTerm } from './text-query.ts';

/** A piece of a search value with the places of what was looked for: no markup, so that nothing needs escaping. */
export interface Snippet {
  readonly text: string;
  /** Offset and length in characters of each match. */
  readonly matches: readonly (readonly [offset: number, length: number])[];
}

/** A word of a value: its lexeme (null for a stop word) and its place. */
interface PlacedWord {
  readonly lexeme: string | null;
  readonly offset: number;
  readonly length: number;
}

const word = /[0-9A-Za-z\u0080-\uffff]+/g;
/** Characters of a snippet around its first match. */
const snippetLength = 160;
const before = 40;

/** Every word of the values, for the dictionary. */
export function wordsOfValues(values: readonly string[]): string[] {
  return values.flatMap(wordsOf);
}

/** Undefined when the query does not match; else the piece of the value with the most matches. */
export function matchText(query: TextQuery, values: readonly string[], lexemes: Lexemes): Snippet | undefined {
  const placed = values.map((value) => placeWords(value, lexemes));
  const found = query.alternatives.filter((terms) =>
    terms.every((term) => has(term, placed, lexemes) !== term.negated),
  );
  if (found.length === 0) return undefined;
  const positive = found.flat().filter((term) => !term.negated);
  let best: Snippet = { text: '', matches: [] };
  for (const [index, value] of values.entries()) {
    const matches = positive.flatMap((term) => placesOf(term, placed[index] as PlacedWord[], lexemes));
    if (matches.length > best.matches.length) best = cut(value, matches);
  }
  return best;
}

function placeWords(value: string, lexemes: Lexemes): PlacedWord[] {
  return [...value.matchAll(word)].map((match) => ({
    lexeme: lexemes.of(wordsOf(match[0])[0] as string) ?? null,
    offset: match.index,
    length: match[0].length,
  }));
}

function has(term: TextTerm, placed: readonly PlacedWord[][], lexemes: Lexemes): boolean {
  return placed.some((words) => placesOf(term, words, lexemes).length > 0);
}

/** Where the term's words stand one after the other; a stop word stands for any other. */
function placesOf(term: TextTerm, words: readonly PlacedWord[], lexemes: Lexemes): [number, number][] {
  const wanted = term.words.map((one) => lexemes.of(one) ?? null);
  const places: [number, number][] = [];
  for (let at = 0; at + wanted.length <= words.length; at++) {
    if (!wanted.every((lexeme, index) => (words[at + index] as PlacedWord).lexeme === lexeme)) continue;
    const first = words[at] as PlacedWord;
    const last = words[at + wanted.length - 1] as PlacedWord;
    places.push([first.offset, last.offset + last.length - first.offset]);
  }
  return places;
}

function cut(value: string, matches: readonly [number, number][]): Snippet {
  const sorted = [...matches].sort((one, other) => one[0] - other[0]);
  const first = (sorted[0] as [number, number])[0];
  const start = value.length <= snippetLength ? 0 : Math.max(0, first - before);
  const text = value.slice(start, start + snippetLength);
  return {
    text,
    matches: sorted
      .map(([offset, length]): [number, number] => [offset - start, length])
      .filter(([offset, length]) => offset >= 0 && offset + length <= text.length),
  };
}
