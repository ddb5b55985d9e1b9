/** Keys of texts: those of the words that the catalogue cuts them into, whatever was remembered or forgotten before. */
import { wordsOf } from '@telltale/catalogue';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { useDatabase } from '../../../../test/database.ts';
import { type Database, openDatabase } from '../../src/index.ts';
import { keyOf } from '../../src/segment/key.ts';
import { Lexemes } from '../../src/segment/lexeme.ts';
import { TextIndex } from '../../src/segment/text-key.ts';

const made = useDatabase('text keys');
let database: Database;

beforeAll(() => {
  database = openDatabase(made.url, { role: 'telltale_application', connections: 1 });
  return () => database.close();
});

const word = fc.oneof(
  fc.constantFrom(
    'Restarted',
    'the',
    'THE',
    'running',
    '4.1.9',
    'E42',
    'Überdruck',
    'ÜBER-DRUCK',
    '温度',
    '😀',
    'naïve',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.stringMatching(/^[A-Za-z0-9]{1,8}$/),
);
const anyText = fc
  .array(fc.tuple(word, fc.constantFrom('', ' ', '-', '_', '/', '\n', '. ')), { maxLength: 12 })
  .map((parts) => parts.flat().join(''));

function expectedKeys(text: string, lexemes: Lexemes): number[] {
  const found = wordsOf(text).map((one) => lexemes.of(one));
  return found.flatMap((lexeme) => (lexeme == null ? [] : [keyOf('lexeme', lexeme)]));
}

test('any text has the keys of its words, at the first sight of it and at any later one', async () => {
  const lexemes = new Lexemes();
  const index = new TextIndex(lexemes);
  await fc.assert(
    fc.asyncProperty(fc.array(anyText, { maxLength: 6 }), async (texts) => {
      await lexemes.learn(database, texts.flatMap(wordsOf));
      for (const text of [...texts, ...texts, ...texts]) {
        expect(index.of(text)).toEqual({ keys: expectedKeys(text, lexemes), length: wordsOf(text).length });
      }
    }),
    { numRuns: 400 },
  );
});

test('a text with words not yet learnt says which, and has all its keys once they are', async () => {
  const lexemes = new Lexemes();
  const index = new TextIndex(lexemes);
  const texts = ['pump stalled', 'valve stalled', 'pump stalled', 'pump stalled', 'a stalled E42'];
  for (const text of texts) index.of(text);

  expect([...index.unknown].sort()).toEqual(['a', 'pump', 'stalled', 'valve']);

  await lexemes.learn(database, [...index.unknown]);
  for (const text of texts) expect(index.of(text).keys).toEqual(expectedKeys(text, lexemes));
  expect(index.of('a stalled E42').keys).toEqual([keyOf('lexeme', 'stall'), keyOf('lexeme', 'e42')]);
});

test('words stay known to who asks for them when others are forgotten to make room', async () => {
  const lexemes = new Lexemes();
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const name = (number: number): string =>
    Array.from({ length: 4 }, (_, place) => letters[Math.floor(number / 26 ** place) % 26]).join('');
  await lexemes.learn(database, ['restarted', ...Array.from({ length: 199_990 }, (_, number) => `x${name(number)}x`)]);
  await lexemes.learn(database, ['restarted', ...Array.from({ length: 20 }, (_, number) => `y${name(number)}y`)]);

  expect(lexemes.of('xaaaax')).toBeUndefined();
  expect(lexemes.of('restarted')).toBe('restart');
  expect(lexemes.of('yaaaay')).toBe('yaaaay');
});
