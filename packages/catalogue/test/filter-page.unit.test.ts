/** The reference page of filters says what the code does: its examples parse, and its table lists the fields. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type FieldKind, fieldEntry, fieldNames, parseFilter, printFilter } from '../src/index.ts';

const page = readFileSync(new URL('../../../docs/reference/filter.md', import.meta.url), 'utf8');

const examples = [...page.matchAll(/^```filter\n(.*?)^```/gms)].flatMap(([, block = '']) => block.trim().split('\n'));

const kinds: Record<FieldKind, string> = {
  type: 'string',
  text: 'string',
  word: 'word',
  uuid: 'UUID',
  time: 'time',
  integer: 'whole number',
  json: 'any',
};

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(10);
});

test.each(examples)('%s parses, and its canonical form as well', (example) => {
  const printed = printFilter(parseFilter(example));

  expect(printFilter(parseFilter(printed))).toBe(printed);
});

test('the table lists every field as it is, in the order of the code', () => {
  const rows = fieldNames.map((name) => {
    const { kind, about, words, ordered } = fieldEntry(name);
    const list =
      words === undefined
        ? about
        : `${about.replace(/(?:, from .*)?\.$/, '')}: ${words.map((word) => `\`${word}\``).join(', ')}.`;
    return `| \`${name}\` | ${kinds[kind]}${ordered === true ? ', ordered' : ''} | ${list} |`;
  });
  const start = page.indexOf('| --- | --- | --- |\n') + '| --- | --- | --- |\n'.length;

  expect(page.slice(start, page.indexOf('\n\n', start)).split('\n')).toEqual(rows);
});

test('the error of the page is the error that is thrown', () => {
  expect(() => parseFilter('severity:eror')).toThrow(/^```text\n(.*)\n```/m.exec(page)?.[1] ?? 'no error on the page');
});
