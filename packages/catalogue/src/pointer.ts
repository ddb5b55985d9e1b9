/** JSON Pointer (RFC 6901) over parsed JSON, safe against keys such as `__proto__`: only own properties count. */

export type Json = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own property of that name, or undefined. */
export function own(object: Json, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The keys of a pointer: `/a~1b/c` is `a/b`, then `c`. */
export function parsePointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value that the pointer names, or undefined when there is none. */
export function resolve(value: unknown, pointer: string): unknown {
  let found = value;
  for (const key of parsePointer(pointer)) {
    if (Array.isArray(found)) found = /^\d+$/.test(key) ? found[Number(key)] : undefined;
    else found = isObject(found) ? own(found, key) : undefined;
  }
  return found;
}
