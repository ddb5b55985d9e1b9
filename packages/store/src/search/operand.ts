/** What the values of a filter are as operands in SQL. */
import type { FieldEntry, FilterValue } from '@telltale/catalogue';

export const isExact = (value: FilterValue): boolean => value.kind !== 'text' || value.parts.length === 1;

/** The canonical JSON of what a value equals: a bare 80 is the number and the string. */
export function tokensOf(value: FilterValue): string[] {
  const text = JSON.stringify(textOf(value));
  return value.kind === 'number' || value.kind === 'boolean' ? [text, JSON.stringify(value.value)] : [text];
}

export function textOf(value: FilterValue): string {
  if (value.kind === 'text') return value.parts.join('*');
  return value.kind === 'number' ? value.text : String(value.value);
}

export const numberOf = (value: FilterValue): number => (value.kind === 'number' ? value.value : Number.NaN);

/** What a fixed field is compared with: the place of a word, a number, or text. */
export function scalarOf({ words }: FieldEntry, value: FilterValue): string | number {
  if (words !== undefined) return words.indexOf(textOf(value));
  return value.kind === 'number' ? value.value : textOf(value);
}

const sqlTypes = {
  type: 'text',
  text: 'text',
  word: 'smallint',
  uuid: 'uuid',
  time: 'timestamptz',
  integer: 'bigint',
  json: 'text',
};
export const sqlType = (entry: FieldEntry): string => sqlTypes[entry.kind];

/** A pattern of LIKE: stars are its %, and what else LIKE reads is escaped. */
export function likeOf(value: FilterValue): string {
  const parts = value.kind === 'text' ? value.parts : [];
  return parts.map((part) => part.replaceAll(/[\\%_]/g, String.raw`\$&`)).join('%');
}
