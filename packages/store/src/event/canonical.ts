/** Canonical JSON (RFC 8785), refusing on the way what neither PostgreSQL nor a canonical form can carry. */
import { TelltaleError } from '@telltale/catalogue';

/** Deepest nesting; PostgreSQL's own limit is its stack, ours is what a person could still read. */
const maxDepth = 64;

/** Whatever JSON would escape, or we must look at: a clean string goes out as it is. */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const special = /["\\\u0000-\u001f\ud800-\udfff]/;

/**
 * The canonical text of a JSON value: keys in UTF-16 order, no white space, numbers as ECMAScript prints them.
 * Properties that are undefined are left out, as JSON.stringify does.
 * @param pointer JSON pointer of the value, for the errors.
 * @throws NulCharacter, LoneSurrogate, UnsafeNumber; InvalidEvent for what is not JSON or too deep.
 */
export function canonicalize(value: unknown, pointer = '', depth = 0): string {
  switch (typeof value) {
    case 'string':
      return special.test(value) ? canonicalizeSpecial(value, pointer) : `"${value}"`;
    case 'number':
      return canonicalizeNumber(value, pointer);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= maxDepth) throw refuse(pointer, `at most ${maxDepth} levels of nesting`, 'more');
      return Array.isArray(value)
        ? canonicalizeArray(value, pointer, depth)
        : canonicalizeObject(value, pointer, depth);
    default:
      throw refuse(pointer, 'a JSON value', typeof value);
  }
}

function canonicalizeArray(values: readonly unknown[], pointer: string, depth: number): string {
  let text = '[';
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ',';
    text += canonicalize(values[index], `${pointer}/${index}`, depth + 1);
  }
  return `${text}]`;
}

function canonicalizeObject(value: object, pointer: string, depth: number): string {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw refuse(pointer, 'a plain JSON object', value.constructor?.name ?? 'an object with a prototype');
  }
  const keys = Object.keys(value);
  if (keys.length > 1) keys.sort();
  let text = '{';
  for (const key of keys) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    const name = special.test(key) ? canonicalizeSpecial(key, pointer) : `"${key}"`;
    // The pointer is built for containers only: leaves name themselves when they fail, which keeps the hot path short.
    text += `${name}:${typeof member === 'object' ? canonicalize(member, `${pointer}/${escapeKey(key)}`, depth + 1) : canonicalizeLeaf(member, pointer, key)}`;
  }
  return `${text}}`;
}

function canonicalizeLeaf(value: unknown, pointer: string, key: string): string {
  if (typeof value === 'string' && !special.test(value)) return `"${value}"`;
  return canonicalize(value, `${pointer}/${escapeKey(key)}`);
}

function canonicalizeNumber(value: number, pointer: string): string {
  if (!Number.isFinite(value)) throw unsafe(pointer, 'a finite number', value);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw unsafe(pointer, 'an integer within 2^53 - 1, or a string', value);
  }
  return Object.is(value, -0) ? '0' : String(value);
}

function canonicalizeSpecial(value: string, pointer: string): string {
  if (value.includes('\u0000')) {
    throw new TelltaleError('NulCharacter', `${pointer || '/'}: expected text without U+0000`, { pointer });
  }
  const text = JSON.stringify(value);
  // JSON.stringify writes lone surrogates, and nothing else, as an escape that begins with d.
  if (/\\ud[89a-f]/.test(text) && /[\ud800-\udfff]/u.test(value)) {
    throw new TelltaleError(
      'LoneSurrogate',
      `${pointer || '/'}: expected well-formed text (found: half of a surrogate pair)`,
      { pointer },
    );
  }
  return text;
}

/** A key as a part of a JSON pointer (RFC 6901). */
function escapeKey(key: string): string {
  return key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
}

function refuse(pointer: string, expected: string, found: string): TelltaleError {
  return new TelltaleError('InvalidEvent', `${pointer || '/'}: expected ${expected} (found: ${found})`, {
    pointer,
    expected,
    found,
  });
}

function unsafe(pointer: string, expected: string, found: number): TelltaleError {
  return new TelltaleError('UnsafeNumber', `${pointer || '/'}: expected ${expected} (found: ${found})`, {
    pointer,
    expected,
    found,
  });
}
