/** Canonical JSON: the same bytes as RFC 8785 wants, or a refusal that names the place. */
import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';
import { type FailureCode, TelltaleError } from '@telltale/catalogue';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalize } from '../../src/event/canonical.ts';
import { json, objectOf } from './json.ts';

const reference = createRequire(import.meta.url)('canonicalize') as (value: unknown) => string;

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}1${']'.repeat(depth)}`);

function refusalOf(value: unknown, pointer = ''): { code: FailureCode; message: string; pointer: string | undefined } {
  try {
    canonicalize(value, pointer);
  } catch (error) {
    if (!(error instanceof TelltaleError)) throw error;
    return { code: error.code, message: error.message, pointer: error.place.pointer };
  }
  throw new Error(`expected a refusal of ${String(value)} (found: none)`);
}

test('any JSON value comes out as an independent implementation of RFC 8785 writes it', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(canonicalize(value)).toBe(reference(value));
    }),
    { numRuns: 2000 },
  );
});

test('it says the same again when it is parsed and written once more', () => {
  fc.assert(
    fc.property(json, (value) => {
      const once = canonicalize(value);
      expect(canonicalize(JSON.parse(once))).toBe(once);
    }),
  );
});

test('the order in which keys were written does not matter', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(fc.string(), json), { selector: ([key]) => key }), (members) => {
      expect(canonicalize(objectOf(members))).toBe(canonicalize(objectOf([...members].reverse())));
    }),
  );
});

test('texts longer than the buffer, and values that fill it, come out whole', () => {
  const long = 'ä"\\x'.repeat(400_000);
  const many = Array.from({ length: 30_000 }, (_, index) => ({ [`k${index}`]: 'value', n: index }));

  expect(canonicalize([long, many])).toBe(JSON.stringify([long, many]));
});

describe('the examples of RFC 8785', () => {
  test('keys are sorted by UTF-16 code units, not by code points', () => {
    const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };

    expect(canonicalize(keys)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}');
  });

  test('literals, strings and numbers', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    };

    expect(canonicalize(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });
});

describe('what is no JSON, or what PostgreSQL cannot keep, is refused with its own code', () => {
  test.each<[string, unknown, FailureCode, string]>([
    ['U+0000 in a value', { a: { b: ['x', 'y\u0000'] } }, 'NulCharacter', '/data/a/b/1'],
    ['U+0000 in a key', { a: { 'b\u0000': 1 } }, 'NulCharacter', '/data/a/b\u0000'],
    ['a high surrogate alone', { a: 'x\ud83d' }, 'LoneSurrogate', '/data/a'],
    ['a low surrogate alone', { a: '\ude00x' }, 'LoneSurrogate', '/data/a'],
    ['a pair the wrong way round', { a: '\ude00\ud83d' }, 'LoneSurrogate', '/data/a'],
    ['a lone surrogate in a key', { '\ud83d': 1 }, 'LoneSurrogate', '/data/\ud83d'],
    ['NaN', { a: Number.NaN }, 'UnsafeNumber', '/data/a'],
    ['Infinity', [Number.POSITIVE_INFINITY], 'UnsafeNumber', '/data/0'],
    ['minus Infinity', [[Number.NEGATIVE_INFINITY]], 'UnsafeNumber', '/data/0/0'],
    ['2^53', { a: 2 ** 53 }, 'UnsafeNumber', '/data/a'],
    ['-2^53', { a: -(2 ** 53) }, 'UnsafeNumber', '/data/a'],
    ['1e21, which prints with an exponent', { a: 1e21 }, 'UnsafeNumber', '/data/a'],
    ['the greatest double, an integer', { a: Number.MAX_VALUE }, 'UnsafeNumber', '/data/a'],
    ['a BigInt', { a: 10n }, 'InvalidEvent', '/data/a'],
    ['a Date', { a: new Date(0) }, 'InvalidEvent', '/data/a'],
    ['a Map', { a: new Map() }, 'InvalidEvent', '/data/a'],
    ['a Buffer', { a: Buffer.from('x') }, 'InvalidEvent', '/data/a'],
    ['a boxed string', { a: Object('x') as unknown }, 'InvalidEvent', '/data/a'],
    ['a function', { a: () => 1 }, 'InvalidEvent', '/data/a'],
    ['a symbol', { a: Symbol('x') }, 'InvalidEvent', '/data/a'],
    ['undefined in an array', { a: [1, undefined] }, 'InvalidEvent', '/data/a/1'],
    ['a hole in an array', { a: Array(2) as unknown }, 'InvalidEvent', '/data/a/0'],
    ['keys that a pointer must escape', { 'a/b~c': Number.NaN }, 'UnsafeNumber', '/data/a~1b~0c'],
    ['undefined as the whole', undefined, 'InvalidEvent', '/data'],
  ])('%s', (_what, value, code, pointer) => {
    expect(refusalOf(value, '/data')).toMatchObject({ code, pointer });
  });

  test('the sentence names the place, what was expected and what was found', () => {
    expect(refusalOf({ a: Number.NaN }, '/data').message).toBe('/data/a: expected a finite number (found: NaN)');
  });

  test('one level more than 64 is refused, and so is a value that holds itself', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;

    expect(canonicalize(nested(64))).toBe(`${'['.repeat(64)}1${']'.repeat(64)}`);
    expect(refusalOf(nested(65)).message).toContain('expected at most 64 levels of nesting');
    expect(refusalOf(nested(100_000)).code).toBe('InvalidEvent');
    expect(refusalOf(cycle).code).toBe('InvalidEvent');
  });

  test('after a refusal the next value is written as if nothing had been', () => {
    refusalOf({ a: ['x'.repeat(1000), { b: Number.NaN }] });

    expect(canonicalize({ b: [1], a: 'x' })).toBe('{"a":"x","b":[1]}');
  });
});

describe('what JSON.stringify takes silently', () => {
  test('minus zero is zero', () => {
    expect(canonicalize([-0])).toBe('[0]');
  });

  test('a member that is undefined is left out', () => {
    expect(canonicalize({ a: undefined, b: 1, c: undefined })).toBe('{"b":1}');
  });

  test('`__proto__` is a key like any other', () => {
    expect(canonicalize(JSON.parse('{"__proto__":{"a":1},"b":2}'))).toBe('{"__proto__":{"a":1},"b":2}');
  });

  test('objects without a prototype, and of another realm, are plain', () => {
    const bare = Object.assign(Object.create(null) as object, { b: 1, a: 2 });
    const foreign: unknown = runInNewContext('({ b: [1], a: 2 })');

    expect(canonicalize([bare, foreign])).toBe('[{"a":2,"b":1},{"a":2,"b":[1]}]');
  });

  test('a getter is read once, so that what is hashed is what is stored', () => {
    let reads = 0;
    const value = {
      get a() {
        reads += 1;
        return reads;
      },
    };

    expect(canonicalize(value)).toBe('{"a":1}');
    expect(reads).toBe(1);
  });
});
