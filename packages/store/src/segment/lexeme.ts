/** Lexemes of words: what PostgreSQL's English dictionary makes of them, so that `restarted` finds `restarts`. */
import { column } from '../database/column.ts';
import type { Session } from '../database/database.ts';
import { readStatement } from '../sql-file.ts';

const readLexemes = readStatement('read_lexemes');

/** Words remembered; the vocabulary of a fleet is small, what has digits in it never comes here. */
const capacity = 200_000;

const digit = /[0-9]/;

export class Lexemes {
  /** Word -> lexeme, or null for a stop word. */
  readonly #known = new Map<string, string | null>();

  /** Asks the dictionary for the words that this process has not met. All of them are known when it returns. */
  async learn(session: Session, words: readonly string[]): Promise<void> {
    let unknown = new Set<string>();
    for (const word of words) if (!digit.test(word) && !this.#known.has(word)) unknown.add(word);
    if (unknown.size === 0) return;
    if (this.#known.size + unknown.size > capacity) {
      this.#known.clear();
      unknown = new Set(words.filter((word) => !digit.test(word)));
    }
    const found = await session.query<{ word: string; lexeme: string | null }>(readLexemes, [
      column('text', [...unknown]),
    ]);
    for (const { word, lexeme } of found) this.#known.set(word, lexeme);
  }

  /** Null for a stop word. A word with a digit in it is its own lexeme. Undefined when it was never learnt. */
  of(word: string): string | null | undefined {
    return digit.test(word) ? word : this.#known.get(word);
  }
}
