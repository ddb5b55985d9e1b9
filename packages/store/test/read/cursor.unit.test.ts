/** A cursor is what readAll gave, whole and unchanged; anything else is refused as such. */
import { hash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from '../../src/read/cursor.ts';

const entry = fc.record({
  log: fc.nat(300),
  incarnation: fc.integer({ min: 1, max: 9 }),
  position: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  recordedAt: fc.option(fc.maxSafeInteger()),
});
const cursor = fc.array(entry, { maxLength: 8 });
const invalid = expect.objectContaining({ code: 'InvalidCursor' });

/** A token with the right sum over any body: the sum is no secret. */
const forge = (body: string): string => {
  const encoded = Buffer.from(body).toString('base64url');
  return `${encoded}.${hash('sha256', `events:${encoded}`).slice(0, 8)}`;
};

test('any cursor is read back as it was written, and its token fits a URL', () => {
  fc.assert(
    fc.property(cursor, (entries) => {
      expect(decodeCursor(encodeCursor(entries))).toEqual(entries);
      expect(encodeCursor(entries)).toMatch(/^[\w.-]+$/);
    }),
  );
});

test('a token with one character changed, left out or added is refused', () => {
  fc.assert(
    fc.property(
      cursor,
      fc.nat(),
      fc.constantFrom('A', 'z', '0', '.', '%', ''),
      fc.boolean(),
      (entries, at, character, replace) => {
        const token = encodeCursor(entries);
        const place = at % token.length;
        const damaged = `${token.slice(0, place)}${character}${token.slice(replace ? place + 1 : place)}`;
        fc.pre(damaged !== token);

        expect(() => decodeCursor(damaged)).toThrow(invalid);
      },
    ),
    { numRuns: 1000 },
  );
});

test.each(['', '.', 'x', 'null', '0', '[[0,1,5,null]]', undefined, null, 0, {}, []])('%j is no cursor', (token) => {
  expect(() => decodeCursor(token as string)).toThrow(invalid);
});

test.each([
  '',
  'null',
  '{}',
  '0',
  '[0]',
  '[[]]',
  '[[0,1,5]]',
  '[[0,1,5,null,1]]',
  '[["0",1,5,null]]',
  '[[0,1,-5,null]]',
  '[[0,1,1.5,null]]',
  '[[0,1,1e300,null]]',
  '[[0,1,5,"x"]]',
  '[[0,1,5,{}]]',
  '[[0,1,"5; drop",null]]',
  '[[0,1,5,null]',
])('%s under a sum that was made up for it is no cursor', (body) => {
  expect(() => decodeCursor(forge(body))).toThrow(invalid);
});

test('a refusal shows the beginning of what was found, and what to do', () => {
  expect(() => decodeCursor('x'.repeat(100))).toThrow(
    `expected a cursor of readAll (found: ${'x'.repeat(40)}); start again without one`,
  );
});
