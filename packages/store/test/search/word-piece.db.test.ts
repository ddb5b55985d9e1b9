/** Whatever word PostgreSQL's dictionary makes a lexeme of, the lexeme's patterns find the word. */
import { describe, expect, test } from 'vitest';
import { testVersions, useDatabase } from '../../../../test/database.ts';
import { piecesOf } from '../../src/search/word-piece.ts';
import { openSession } from '../invariant/session.ts';

/** Every ending that the English stemmer knows, and what may stand before it. */
const endings =
  `s es ies ied ed edly ing ingly eed eedly tional ency ancy ably able ible ibly ently izer ization ational ation ator
   alism ality ally fulness ously ousness iveness ivity ability abilities bly ogy ogies ogist fully lessly ly alize icate
   icity ical ful ness ative al ance ence er ic ant ement ment ent ism ate ity ous ive ize sion tion e l ll y ying i ss us`.split(
    /\s+/,
  );
const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
const beginnings = letters.flatMap((one) => [
  one,
  ...letters.flatMap((other) => [one + other, `${one}o${other}`, `st${one}e${other}`, `${one}${other}yt`]),
]);
const words = beginnings.flatMap((beginning) => [beginning, ...endings.map((ending) => beginning + ending)]);

const isFound = (word: string, lexeme: string): boolean => {
  const { patterns, beyondAscii } = piecesOf([lexeme]);
  if (beyondAscii) return /[^\0-\u007f]/.test(word);
  // As SQL does it: only ASCII letters are lowered.
  const lowered = word.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  return patterns.some((pattern) => lowered.includes(pattern.slice(1, -1)));
};

describe.each(testVersions())('on PostgreSQL %i', (version) => {
  const database = useDatabase('word piece', { version });

  test('a lexeme finds every word that the stemmer makes it of', { timeout: 60_000 }, async () => {
    const session = await openSession(database.url);
    const rare = ['Überdruck', 'ÄPFEL', 'насос', 'НАСОС', '\u212aelvin', '\u0130nlet', '7bar', 'sensor7ße', 'ÅNGSTRÖM'];
    const lexemes = await session.ask<{ word: string; lexeme: string | null }>(
      `select word, (ts_lexize('english_stem', word))[1] as lexeme from unnest($1::text[]) word`,
      [[...words, ...rare]],
    );
    const missed = lexemes.filter(({ word, lexeme }) => lexeme !== null && !isFound(word, lexeme));

    expect(lexemes.length).toBeGreaterThan(100_000);
    expect(missed).toEqual([]);
  });

  test('a lexeme of four letters is looked for by three of them at least', () => {
    for (const lexeme of ['pump', 'valv', 'hope', 'happi', 'restart', 'abl1']) {
      expect(piecesOf([lexeme]).patterns[0]?.length).toBeGreaterThanOrEqual(3 + 2);
    }
  });
});
