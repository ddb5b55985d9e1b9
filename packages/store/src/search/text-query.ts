/** The syntax of a full-text query, as search engines on the web have it: words, "phrases", OR, and a minus before what must not be there. */
import { TelltaleError, wordsOf } from '@telltale/catalogue';
import type { Lexemes } from '../segment/lexeme.ts';

/** Words that stand one after the other; one word is a phrase of one. */
export interface TextTerm {
  readonly words: readonly string[];
  readonly negated: boolean;
}

/** One of the alternatives must match; an alternative matches when all its terms do. */
export interface TextQuery {
  readonly alternatives: readonly (readonly TextTerm[])[];
}

const longestQuery = 1000;
const mostTerms = 50;
const piece = /(-?)"([^"]*)"?|([^\s"]+)/g;

/** @throws InvalidArgument for what is empty, too long, or says nothing. */
export function parseTextQuery(text: unknown): TextQuery {
  if (typeof text !== 'string' || text.length > longestQuery) {
    throw refuse(
      `a text of at most ${longestQuery} characters`,
      typeof text === 'string' ? `${text.length}` : typeof text,
    );
  }
  const alternatives: TextTerm[][] = [[]];
  let terms = 0;
  for (const [whole, minus, quoted, bare] of text.matchAll(piece)) {
    if (bare !== undefined && /^or$/i.test(bare)) {
      alternatives.push([]);
      continue;
    }
    const negated = minus === '-' || (bare ?? '').startsWith('-');
    const words = wordsOf(quoted ?? whole);
    if (words.length === 0) continue;
    terms += words.length;
    alternatives.at(-1)?.push({ words, negated });
  }
  if (terms > mostTerms) throw refuse(`at most ${mostTerms} words`, String(terms));
  const useful = alternatives.filter((own) => own.length > 0);
  if (useful.length === 0) throw refuse('a word to look for', text.trim() === '' ? 'nothing' : text.slice(0, 60));
  refuseOnlyNegated(useful, text);
  return { alternatives: useful };
}

/** Every word of the query, for the dictionary. */
export function wordsOfQuery(query: TextQuery): string[] {
  return query.alternatives.flat().flatMap((term) => term.words);
}

/** Without stop words, which no text is found by. @throws InvalidArgument when nothing is left. */
export function dropStopWords(query: TextQuery, lexemes: Lexemes): TextQuery {
  const alternatives = query.alternatives
    .map((terms) => terms.filter((term) => term.words.some((word) => lexemes.of(word) != null)))
    .filter((terms) => terms.length > 0);
  refuseOnlyNegated(alternatives, wordsOfQuery(query).join(' '));
  if (alternatives.length > 0) return { alternatives };
  throw refuse('a word that is not as frequent as "the" or "is"', wordsOfQuery(query).join(' '));
}

/** Nothing finds what only lacks a word; left out, it would be missing from the answer without a sign. */
function refuseOnlyNegated(alternatives: readonly (readonly TextTerm[])[], text: string): void {
  if (alternatives.every((terms) => terms.some((term) => !term.negated))) return;
  throw refuse('a word to look for on each side of OR, beside those with a minus', text.slice(0, 60));
}

function refuse(expected: string, found: string): TelltaleError {
  return new TelltaleError('InvalidArgument', `/query: expected ${expected} (found: ${found})`, {
    pointer: '/query',
    expected,
    found,
  });
}
