/** Parses the text of a filter. `a b OR c` is `(a AND b) OR c`; every error says at which character and what was expected. */
import { TelltaleError } from '../failure.ts';
import { type FieldEntry, fieldEntry } from './field.ts';
import { readField } from './field-name.ts';
import { refuseFilter } from './refuse.ts';
import { type Operator, Scanner } from './scanner.ts';
import { wordsOf } from './search-text.ts';
import { allOf, anyOf, type Filter, type FilterField, filterBounds, type Span } from './tree.ts';
import { readNumber, readValue, type WrittenValue } from './value.ts';

export interface ParseOptions {
  /** What `-2h` is counted from. Default: the present. */
  readonly now?: Date;
}

/**
 * The tree of a filter. An empty text is the filter that everything passes.
 * @throws InvalidFilter, with offset and length of the wrong place in its `place`.
 */
export function parseFilter(text: string, options: ParseOptions = {}): Filter {
  checkText(text);
  return new Parser(text, options.now ?? new Date()).parse();
}

function checkText(text: unknown): void {
  if (typeof text !== 'string') {
    throw new TelltaleError('InvalidFilter', `expected a text (found: ${typeof text})`, { expected: 'a text' });
  }
  if (text.length > filterBounds.length) {
    const span = { offset: filterBounds.length, length: text.length - filterBounds.length };
    throw refuseFilter(text, span, `a filter of at most ${filterBounds.length} characters`, `it has ${text.length}`);
  }
  // With the u flag this matches a surrogate only where its other half is missing.
  const broken = text.includes('\u0000') ? text.indexOf('\u0000') : text.search(/[\ud800-\udfff]/u);
  if (broken >= 0) {
    throw refuseFilter(
      text,
      { offset: broken, length: 1 },
      'well-formed text without U+0000',
      'the log holds no other',
    );
  }
}

class Parser {
  readonly #scanner: Scanner;
  readonly #text: string;
  readonly #now: Date;
  #terms = 0;

  constructor(text: string, now: Date) {
    this.#scanner = new Scanner(text);
    this.#text = text;
    this.#now = now;
  }

  parse(): Filter {
    this.#scanner.skipSpace();
    if (this.#scanner.ended) return { kind: 'and', parts: [], span: { offset: 0, length: 0 } };
    const tree = this.#alternatives(0);
    if (!this.#scanner.ended) throw this.#refuse('an opening parenthesis before this one', 1);
    return tree;
  }

  #alternatives(depth: number): Filter {
    const parts = [this.#sequence(depth)];
    while (this.#scanner.takeKeyword('OR')) parts.push(this.#sequence(depth));
    return anyOf(parts);
  }

  /** Terms side by side, up to OR, a closing parenthesis or the end. */
  #sequence(depth: number): Filter {
    const scanner = this.#scanner;
    const parts: Filter[] = [];
    for (;;) {
      scanner.skipSpace();
      const joined = parts.length > 0 && scanner.takeKeyword('AND');
      scanner.skipSpace();
      const over = scanner.ended || scanner.next === ')' || scanner.peekKeyword('OR');
      if (over && (joined || parts.length === 0)) throw this.#refuse('a term, such as type:device.*');
      if (over) return allOf(parts);
      parts.push(this.#operand(depth));
    }
  }

  #operand(depth: number): Filter {
    const scanner = this.#scanner;
    const start = scanner.at;
    if (scanner.peekKeyword('AND') || scanner.peekKeyword('OR')) throw this.#refuse('a term, such as type:device.*');
    const opened = scanner.next === '(';
    const spelled = scanner.peekKeyword('NOT');
    if (!opened && !spelled && scanner.next !== '-') return this.#term();
    if (depth >= filterBounds.depth) {
      throw this.#refuse(`at most ${filterBounds.depth} levels of parentheses and negation`, 1);
    }
    if (opened) return this.#group(depth);
    if (scanner.takeKeyword('NOT')) scanner.skipSpace();
    else scanner.at += 1;
    if (scanner.ended || ' \t\n\v\f\r)'.includes(scanner.next)) throw this.#refuse('a term right after the negation');
    const part = this.#operand(depth + 1);
    return { kind: 'not', part, span: this.#since(start) };
  }

  #group(depth: number): Filter {
    const scanner = this.#scanner;
    const start = scanner.at;
    scanner.at += 1;
    const inner = this.#alternatives(depth + 1);
    if (scanner.next !== ')') {
      throw refuseFilter(this.#text, { offset: start, length: 1 }, 'a closing parenthesis for this one');
    }
    scanner.at += 1;
    return inner;
  }

  #term(): Filter {
    const start = this.#scanner.at;
    this.#terms += 1;
    if (this.#terms > filterBounds.terms) throw this.#refuse(`at most ${filterBounds.terms} terms`);
    if (this.#scanner.next === '"') return this.#freeText(this.#scanner.takeQuoted(), start);
    const found = this.#scanner.takeField();
    if (found !== undefined) {
      const field = readField(this.#text, found.name);
      return this.#fieldTerm(field, found.operator, start);
    }
    const word = this.#scanner.takeWord();
    const span = this.#since(start);
    if (/[:=<>]/.test(word))
      throw refuseFilter(this.#text, span, 'a field before its operator', 'or quote the text to search for it');
    if (word.includes('*')) {
      throw refuseFilter(
        this.#text,
        span,
        'whole words outside a field',
        'a star goes into a field, as in type:device.*',
      );
    }
    return this.#freeText(word, start);
  }

  #freeText(text: string, start: number): Filter {
    const words = wordsOf(text);
    const span = this.#since(start);
    if (words.length === 0) throw refuseFilter(this.#text, span, 'a word of letters or digits');
    return { kind: 'text', words, span };
  }

  #fieldTerm(field: FilterField, operator: Operator, start: number): Filter {
    const entry = fieldEntry(field.name);
    if (operator === ':') return this.#anyOf(field, entry, start);
    const written = this.#takeOne(operator);
    if (operator === '=' || operator === '!=') return this.#equal(field, entry, operator, written, start);
    if (!(entry.ordered ?? ['time', 'integer', 'json'].includes(entry.kind))) {
      const span = { offset: written.span.offset - operator.length, length: operator.length };
      throw refuseFilter(this.#text, span, `':', '=' or '!=' for ${field.name}`, 'its values have no order');
    }
    const read = entry.kind === 'json' ? readNumber : readValue;
    const value = read(written, { text: this.#text, entry, now: this.#now });
    return { kind: 'order', field, operator, value, span: this.#since(start) };
  }

  /** `field:a,b`, and `field:*` for a field that is there. */
  #anyOf(field: FilterField, entry: FieldEntry, start: number): Filter {
    const written = [this.#takeValue("after ':'")];
    while (this.#scanner.next === ',') {
      this.#scanner.at += 1;
      written.push(this.#takeValue("after ','"));
    }
    const star = written.find(({ parts }) => parts.length === 2 && parts.join('') === '');
    if (star !== undefined && written.length === 1) return { kind: 'present', field, span: this.#since(start) };
    if (star !== undefined)
      throw refuseFilter(this.#text, star.span, 'a value in the list', 'a star alone means present');
    const values = written.map((one) => readValue(one, { text: this.#text, entry, now: this.#now }));
    return { kind: 'value', field, values, span: this.#since(start) };
  }

  #equal(field: FilterField, entry: FieldEntry, operator: '=' | '!=', written: WrittenValue, start: number): Filter {
    if (written.parts.length > 1) {
      throw refuseFilter(
        this.#text,
        written.span,
        `one exact value after '${operator}'`,
        "a star goes with ':', or in quotes",
      );
    }
    const values = [readValue(written, { text: this.#text, entry, now: this.#now })];
    const span = this.#since(start);
    const equal: Filter = { kind: 'value', field, values, span };
    return operator === '=' ? equal : { kind: 'not', part: equal, span };
  }

  #takeOne(operator: Operator): WrittenValue {
    const written = this.#takeValue(`after '${operator}'`);
    if (this.#scanner.next === ',') throw this.#refuse(`one value after '${operator}'`, 1, "a list goes with ':'");
    return written;
  }

  #takeValue(where: string): WrittenValue {
    const written = this.#scanner.takeValue();
    if (written.span.length === 0) throw this.#refuse(`a value right ${where}`);
    return written;
  }

  #since(offset: number): Span {
    return { offset, length: this.#scanner.at - offset };
  }

  /** The error for what stands here: a character, or all up to the next space. */
  #refuse(expected: string, length?: number, hint?: string): TelltaleError {
    const offset = this.#scanner.at;
    const rest = /^[^ \t\n\v\f\r]*/.exec(this.#text.slice(offset, offset + 100))?.[0].length ?? 0;
    return refuseFilter(this.#text, { offset, length: length ?? rest }, expected, hint);
  }
}
