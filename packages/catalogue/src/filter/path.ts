/** Keys into JSON, read as PostgreSQL's `#>` reads them, so that a filter means the same in both. */
import { isObject, own } from '../pointer.ts';

const wholeNumber = /^[ \t\n\v\f\r]*[+-]?\d+$/;

/** The value at the keys, or undefined. In a list a whole number names an item, from 0; below 0 it counts from the end. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (Array.isArray(found)) found = itemOf(found, key);
    else found = isObject(found) ? own(found, key) : undefined;
  }
  return found;
}

function itemOf(items: readonly unknown[], key: string): unknown {
  if (!wholeNumber.test(key)) return undefined;
  const index = Number(key);
  // What fits in no 32-bit integer is no index for PostgreSQL either.
  if (index > 2_147_483_647 || index < -2_147_483_647) return undefined;
  return items[index < 0 ? items.length + index : index];
}
