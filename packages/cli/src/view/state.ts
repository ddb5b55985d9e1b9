/** A device's state as an indented list, and values of it in one line. */
import { colours } from './colour.ts';

/** Any value in one line; text as it is, so that a version reads 3.2.0 and not "3.2.0". */
export function valueOf(value: unknown): string {
  if (value === undefined) return '(nothing)';
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}

/** Keys in order, objects below their key, everything else behind it. */
export function stateLines(state: object, indent = ''): string[] {
  const entries = Object.entries(state).sort(([one], [other]) => (one < other ? -1 : 1));
  return entries.flatMap(([key, value]: [string, unknown]) => {
    const name = `${indent}${colours.cyan(key)}`;
    if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0) {
      return [`${name}: ${valueOf(value)}`];
    }
    return [name, ...stateLines(value, `${indent}  `)];
  });
}
