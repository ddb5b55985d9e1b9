/** What every word of a lexeme has in it, whatever its ending: how PostgreSQL finds events without asking the dictionary. */

export interface WordPieces {
  /** For LIKE, over text whose ASCII letters are lowered. */
  readonly patterns: string[];
  /** Whether a lexeme has no ASCII letter at all: any text beyond ASCII may have its word. */
  readonly beyondAscii: boolean;
}

/** Characters beyond ASCII whose lower case is, or begins with, an ASCII letter. */
const lowered: Readonly<Record<string, string>> = { i: '\u0130', k: '\u212a' };

/** Patterns that find every word of the lexemes, and others that begin like one. */
export function piecesOf(lexemes: Iterable<string>): WordPieces {
  const pieces = new Set<string>();
  let beyondAscii = false;
  for (const lexeme of lexemes) {
    const [first, ...more] = stemsOf(lexeme).map(longestAscii);
    if (first === undefined || first === '') beyondAscii = true;
    else for (const piece of [first, ...more]) pieces.add(piece);
  }
  const all = [...pieces].join('');
  const rare = Object.entries(lowered).flatMap(([letter, character]) => (all.includes(letter) ? [character] : []));
  return { patterns: [...pieces, ...rare].map((piece) => `%${piece}%`), beyondAscii };
}

/**
 * The beginning that a lexeme shares with all its words. The English stemmer drops endings, and puts back at most an e, i
 * or y, or the le of able; only dying, lying and tying change more. Tried with 2.3 million words made of its endings.
 */
function stemsOf(lexeme: string): string[] {
  if (/[0-9]/.test(lexeme)) return [lexeme];
  if (/^[dlt]ie$/.test(lexeme)) return [`${lexeme[0]}i`, `${lexeme[0]}y`];
  return [lexeme.replace(/(?:(?<=b)le?|(?<=.)[eiy])$/, '')];
}

function longestAscii(text: string): string {
  return text.split(/[^0-9a-z]+/).reduce((one, other) => (other.length > one.length ? other : one), '');
}
