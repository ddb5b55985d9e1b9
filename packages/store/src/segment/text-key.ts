/** Keys of the words of a text, as `wordsOf` of the catalogue cuts it; remembers texts that repeat. */
import { wordsOf } from '@telltale/catalogue';
import { KeyHash } from './key.ts';
import type { Lexemes } from './lexeme.ts';

/** Keys of a text, and how many words it has. */
export interface TextKeys {
  readonly keys: readonly number[];
  readonly length: number;
}

/** Texts remembered: states, names and messages repeat; longer ones rarely do. */
const capacity = 50_000;
const longestRemembered = 80;
/** Hashes of texts met lately, a power of two: an id that never comes again is not remembered. */
const metCapacity = 16_384;

const lexeme = new KeyHash('lexeme');

export class TextIndex {
  readonly #lexemes: Lexemes;
  readonly #known = new Map<string, TextKeys>();
  readonly #met = new Int32Array(metCapacity);
  /** Words that are looked for in vain until somebody learns them. */
  readonly unknown = new Set<string>();
  #isComplete = true;

  constructor(lexemes: Lexemes) {
    this.#lexemes = lexemes;
  }

  /** The keys of the text; where words of it are unknown, without theirs. */
  of(text: string): TextKeys {
    return this.#known.get(text) ?? this.#make(text);
  }

  #make(text: string): TextKeys {
    this.#isComplete = true;
    const keys: number[] = [];
    let length = 0;
    for (let at = 0; at < text.length; length++) {
      at = skipSeparators(text, at);
      if (at === text.length) break;
      at = this.#addWord(text, at, keys);
    }
    const made = { keys, length };
    if (this.#isComplete && text.length <= longestRemembered && this.#hasMet(text)) this.#keep(text, made);
    return made;
  }

  /** Adds the key of the word that begins there, if it is not a stop word. Returns where it ends. */
  #addWord(text: string, start: number, keys: number[]): number {
    let at = start;
    let hasDigit = false;
    let hash = lexeme.seed;
    for (; at < text.length; at++) {
      const kind = kindOf(text.charCodeAt(at));
      if (kind === separator) break;
      if (kind === digit) hasDigit = true;
      hash = lexeme.add(hash, text.charCodeAt(at) | (kind === capital ? 0x20 : 0));
    }
    // A word with a digit in it is its own lexeme.
    if (hasDigit) keys.push(lexeme.finish(hash));
    else this.#addLexeme(text.slice(start, at), keys);
    return at;
  }

  #addLexeme(text: string, keys: number[]): void {
    const [word] = wordsOf(text) as [string];
    const found = this.#lexemes.of(word);
    if (found === undefined) {
      this.#isComplete = false;
      this.unknown.add(word);
    } else if (found !== null) keys.push(lexeme.of(found));
  }

  #hasMet(text: string): boolean {
    const hash = lexeme.of(text);
    const slot = hash & (metCapacity - 1);
    if (this.#met[slot] === hash) return true;
    this.#met[slot] = hash;
    return false;
  }

  #keep(text: string, made: TextKeys): void {
    if (this.#known.size >= capacity) this.#known.clear();
    this.#known.set(text, made);
  }
}

const [separator, letter, capital, digit] = [0, 1, 2, 3];

/** What a UTF-16 unit is for the words of a text. */
const kinds = Uint8Array.from({ length: 128 }, (_, unit) => {
  const character = String.fromCharCode(unit);
  if (/[0-9]/.test(character)) return digit;
  if (/[A-Z]/.test(character)) return capital;
  return /[a-z]/.test(character) ? letter : separator;
});

/** Every character beyond ASCII belongs to a word. */
const kindOf = (unit: number): number => (unit < 128 ? (kinds[unit] as number) : letter);

function skipSeparators(text: string, from: number): number {
  let at = from;
  while (at < text.length && kindOf(text.charCodeAt(at)) === separator) at++;
  return at;
}
