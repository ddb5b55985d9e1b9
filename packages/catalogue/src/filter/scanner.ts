/** Walks through the text of a filter: bare runs, quoted parts, names of fields, keywords. */
import { refuseFilter } from './refuse.ts';
import type { Span } from './tree.ts';
import type { WrittenValue } from './value.ts';

export type Operator = ':' | '=' | '!=' | '>' | '>=' | '<' | '<=';

const space = /[ \t\n\v\f\r]*/y;
const operator = /!=|>=|<=|[:=<>]/y;
/** A part of a field's name; `!` belongs to it unless it begins an operator. */
const nameRun = /(?:[^ \t\n\v\f\r()":=<>!,.]|!(?!=))*/y;
const valueRun = /[^ \t\n\v\f\r()",*]*/y;
const wordRun = /[^ \t\n\v\f\r()"]*/y;
const quotedRun = /[^"\\]*/y;

/** What a field's name was made of, each part between dots as it reads without quotes. */
export interface WrittenName {
  readonly parts: readonly string[];
  /** Whether a part has nothing in it, not even quotes. */
  readonly gap: boolean;
  readonly span: Span;
}

export class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  get next(): string {
    return this.text.charAt(this.at);
  }

  skipSpace(): void {
    this.#run(space);
  }

  /** Takes the keyword if it stands here as a word of its own. */
  takeKeyword(word: 'AND' | 'OR' | 'NOT'): boolean {
    if (!this.peekKeyword(word)) return false;
    this.at += word.length;
    return true;
  }

  peekKeyword(word: 'AND' | 'OR' | 'NOT'): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    const after = this.text.charAt(this.at + word.length);
    return after === '' || ' \t\n\v\f\r()"'.includes(after);
  }

  /** The name of a field and its operator, or undefined, at the same place, when free text stands here. */
  takeField(): { name: WrittenName; operator: Operator } | undefined {
    const start = this.at;
    const name = { ...this.#takeName(), span: { offset: start, length: this.at - start } };
    const found = this.#run(operator);
    if (found !== '') return { name, operator: found as Operator };
    this.at = start;
    return undefined;
  }

  #takeName(): { parts: string[]; gap: boolean } {
    const parts: string[] = [];
    let gap = false;
    for (;;) {
      const quoted = this.next === '"' && parts.length > 0;
      const part = quoted ? this.takeQuoted() : this.#run(nameRun);
      gap ||= part === '' && !quoted;
      parts.push(part);
      if (this.next !== '.') return { parts, gap };
      this.at += 1;
    }
  }

  /** Bare and quoted parts side by side, up to a space, a comma or a parenthesis. */
  takeValue(): WrittenValue {
    const start = this.at;
    const parts = [''];
    let quoted = false;
    for (;;) {
      parts.push((parts.pop() ?? '') + this.#run(valueRun));
      if (this.next === '"') {
        quoted = true;
        parts.push((parts.pop() ?? '') + this.takeQuoted());
      } else if (this.next === '*') {
        this.at += 1;
        // Two stars say no more than one.
        if (parts.length === 1 || parts.at(-1) !== '') parts.push('');
      } else {
        return { parts, quoted, span: { offset: start, length: this.at - start } };
      }
    }
  }

  /** A bare word of free text. */
  takeWord(): string {
    return this.#run(wordRun);
  }

  /** The text between the quotes. @throws InvalidFilter when the second one is missing, or a backslash escapes nothing. */
  takeQuoted(): string {
    const start = this.at;
    this.at += 1;
    let found = '';
    for (;;) {
      found += this.#run(quotedRun);
      if (this.ended) {
        throw refuseFilter(this.text, { offset: start, length: this.at - start }, 'a closing quote for this one');
      }
      this.at += 1;
      if (this.text.charAt(this.at - 1) === '"') return found;
      if (this.next !== '"' && this.next !== '\\') {
        throw refuseFilter(this.text, { offset: this.at - 1, length: 2 }, String.raw`\" or \\ within quotes`);
      }
      found += this.next;
      this.at += 1;
    }
  }

  #run(form: RegExp): string {
    form.lastIndex = this.at;
    const found = form.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }
}
