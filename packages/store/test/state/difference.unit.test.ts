/** Which paths two states differ in, and which steps changed a watched path. */
import { expect, test } from 'vitest';
import { differencesOf, PathWatch, pointerOf } from '../../src/state/difference.ts';

const fields = (before: object, after: object): unknown[] =>
  differencesOf(before as never, after as never).map(({ path, old, new: value }) => [pointerOf(path), old, value]);

test.each([
  ['a changed scalar', { a: 1 }, { a: 2 }, [['/a', 1, 2]]],
  [
    'an object that came, by its fields',
    {},
    { a: { b: 1, c: { d: 2 } } },
    [
      ['/a/b', undefined, 1],
      ['/a/c/d', undefined, 2],
    ],
  ],
  ['an object that went, by its fields', { a: { b: 1 } }, {}, [['/a/b', 1, undefined]]],
  ['an empty object that came', {}, { a: {} }, [['/a', undefined, {}]]],
  ['an object that was filled, by its fields', { a: {} }, { a: { b: 1 } }, [['/a/b', undefined, 1]]],
  ['a scalar that became an object, whole', { a: 1 }, { a: { b: 1 } }, [['/a', 1, { b: 1 }]]],
  ['an array, whole', { a: [1, 2] }, { a: [1, 3] }, [['/a', [1, 2], [1, 3]]]],
  ['null against nothing', { a: null }, {}, [['/a', null, undefined]]],
  [
    'keys with a slash and a tilde',
    { 'a/b': 1 },
    { '~': 2 },
    [
      ['/a~1b', 1, undefined],
      ['/~0', undefined, 2],
    ],
  ],
  ['a key that every object inherits', {}, { constructor: 1 }, [['/constructor', undefined, 1]]],
  ['nothing for equal states', { a: { b: [1] } }, { a: { b: [1] } }, []],
])('tells %s', (_, before, after, found) => {
  expect(fields(before, after)).toEqual(found);
});

test('a watched path is changed by what replaces, removes or fills it, and by nothing beside it', () => {
  const watch = new PathWatch([['a', 'b'], ['a'], ['c']]);
  watch.see('filled', {}, { a: { b: 1 } });
  watch.see('beside', { a: { b: 1 } }, { a: { b: 1 }, d: 1 });
  watch.see('within', { a: { b: 1 } }, { a: { b: 1, e: 2 } });
  watch.see('replaced', { a: { b: 1 } }, { a: 5 });
  watch.see('rewritten alike', { c: { x: 1 } }, { c: { x: 1 } });

  expect(watch.eventsOf(['a', 'b'])).toEqual(['filled', 'replaced']);
  expect(watch.eventsOf(['a'])).toEqual(['filled', 'within', 'replaced']);
  expect(watch.eventsOf(['c'])).toEqual([]);
  expect(watch.eventsOf(['never', 'watched'])).toEqual([]);
});
