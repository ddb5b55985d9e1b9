/**
 * Rules of a mapping file: what a field of an event is made of.
 *
 *   "text {column}"                        a template; {{ and }} are braces
 *   { "$column": "x", "as": "number", "map": { "a": "b" }, "otherwise": 0 }
 *   5, true, null                          themselves
 *   [rule, ...], { "key": rule, ... }      lists and objects of them; what has no value is left out
 */
import { CommandFailure } from '../failure.ts';

/** A row of the source: CSV columns, or a parsed JSON object. */
export type Row = Readonly<Record<string, unknown>>;

export type Rule = string | number | boolean | null | ColumnRule | readonly Rule[] | { readonly [key: string]: Rule };

export interface ColumnRule {
  readonly $column: string;
  /** Default `text` for CSV; a value of NDJSON stays what it is. */
  readonly as?: 'text' | 'number' | 'integer' | 'boolean' | 'json';
  /** What stands for a value; one that is not listed is an error unless there is `otherwise`. */
  readonly map?: Readonly<Record<string, unknown>>;
  /** Instead of an empty value, and of one that the map lacks. */
  readonly otherwise?: unknown;
}

/** A rule ready to use; undefined means that the row has no value for it. */
export type Make = (row: Row) => unknown;

/** A row that the mapping cannot make an event of. */
export class RowFailure extends Error {}

/** Compiles rules and remembers which columns they read. */
export class RuleBook {
  readonly columns = new Set<string>();

  /** @param path where the rule stands in the mapping, for messages. */
  compile(rule: unknown, path: string): Make {
    if (typeof rule === 'string') return this.template(rule, path);
    if (typeof rule !== 'object' || rule === null) return () => rule;
    if (Array.isArray(rule)) return this.#list(rule, path);
    return '$column' in rule
      ? this.#column(rule as ColumnRule, path)
      : this.#object(rule as Record<string, unknown>, path);
  }

  /** Text with the values of columns in it; undefined when it is one column alone and that is empty. */
  template(text: string, path: string): (row: Row) => string | undefined {
    const parts = splitTemplate(text, path);
    for (const part of parts) if (part.column !== undefined) this.columns.add(part.column);
    const [first] = parts;
    if (parts.length === 1 && first?.column !== undefined) {
      const { column } = first;
      return (row) => textOf(read(row, column));
    }
    return (row) =>
      parts.map((part) => (part.column === undefined ? part.text : (textOf(read(row, part.column)) ?? ''))).join('');
  }

  #list(rules: readonly unknown[], path: string): Make {
    const makes = rules.map((rule, index) => this.compile(rule, `${path}/${index}`));
    return (row) => makes.map((make) => make(row)).filter((value) => value !== undefined);
  }

  #object(rules: Record<string, unknown>, path: string): Make {
    const makes = Object.entries(rules).map(([key, rule]) => [key, this.compile(rule, `${path}/${key}`)] as const);
    return (row) => {
      const made: Record<string, unknown> = {};
      for (const [key, make] of makes) {
        const value = make(row);
        if (value !== undefined) made[key] = value;
      }
      return made;
    };
  }

  #column(rule: ColumnRule, path: string): Make {
    const { $column: column, as, map, otherwise } = rule;
    checkKeys(rule, ['$column', 'as', 'map', 'otherwise'], path);
    if (as !== undefined && !Object.hasOwn(conversions, as)) {
      throw new CommandFailure(
        `${path}/as: expected one of ${Object.keys(conversions).join(', ')} (found: ${String(as)}).`,
      );
    }
    this.columns.add(column);
    const convert = as === undefined ? undefined : conversions[as];
    return (row) => {
      const value = read(row, column);
      const text = textOf(value);
      if (map !== undefined) return lookUp(map, text ?? '', otherwise, column);
      if (text === undefined) return otherwise;
      return convert === undefined ? value : convert(text, column);
    };
  }
}

function lookUp(map: Readonly<Record<string, unknown>>, text: string, otherwise: unknown, column: string): unknown {
  if (Object.hasOwn(map, text)) return map[text];
  if (otherwise !== undefined) return otherwise;
  if (text === '') return undefined;
  throw new RowFailure(`${column}: expected one of ${Object.keys(map).join(', ')} (found: ${text})`);
}

const conversions = {
  text: (text: string) => text,
  number: (text: string, column: string) => {
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw new RowFailure(`${column}: expected a number (found: ${text})`);
  },
  integer: (text: string, column: string) => {
    const value = Number(text);
    if (Number.isSafeInteger(value)) return value;
    throw new RowFailure(`${column}: expected a whole number (found: ${text})`);
  },
  boolean: (text: string, column: string) => {
    if (/^(true|yes|y|1)$/i.test(text)) return true;
    if (/^(false|no|n|0)$/i.test(text)) return false;
    throw new RowFailure(`${column}: expected true or false (found: ${text})`);
  },
  json: (text: string, column: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      throw new RowFailure(`${column}: expected JSON (found: ${text.slice(0, 60)})`);
    }
  },
};

/** A column by its name, or in JSON by the way to it: `device.site`. */
function read(row: Row, column: string): unknown {
  if (Object.hasOwn(row, column)) return row[column];
  let value: unknown = row;
  for (const key of column.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Row)[key];
  }
  return value;
}

/** Text of a value; undefined for none, and for an empty one: CSV has no other way to say nothing. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface Part {
  readonly text: string;
  readonly column?: string;
}

function splitTemplate(text: string, path: string): Part[] {
  const parts: Part[] = [];
  let plain = '';
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    if ((character === '{' || character === '}') && text[index + 1] === character) {
      plain += character;
      index += 1;
    } else if (character === '{') {
      const end = text.indexOf('}', index);
      if (end < 0) throw new CommandFailure(`${path}: expected a } behind the { in "${text}"; write {{ for a brace.`);
      if (plain !== '') parts.push({ text: plain });
      plain = '';
      parts.push({ text: '', column: text.slice(index + 1, end) });
      index = end;
    } else plain += character;
  }
  return plain === '' && parts.length > 0 ? parts : [...parts, { text: plain }];
}

/** @throws CommandFailure naming the first key that is not known. */
export function checkKeys(value: object, known: readonly string[], path: string): void {
  const stray = Object.keys(value).find((key) => !known.includes(key));
  if (stray === undefined) return;
  throw new CommandFailure(`${path}/${stray}: expected one of ${known.join(', ')} (found: ${stray}).`);
}
