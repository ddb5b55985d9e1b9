/** One line for people about an event, made from its type's template. */
import type { EventType } from './event-type.ts';
import { isObject, own } from './pointer.ts';

/** A line stays a line: beyond this a value is cut. 120 is what a terminal row holds beside time and type. */
const longestValue = 120;

/** Control characters end lines and drive terminals; bidirectional ones turn the rest of the line around. */
// oxlint-disable-next-line no-control-regex -- exactly these are to be found
const unprintable = /[\s\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g;

const bracketOrField = /\[([^[\]]*)\]|\{([^{}]*)\}/g;
const field = /\{([^{}]*)\}/g;

/**
 * Fills the template: `{field}`, `{field.sub}` or `{a|b}`, whichever is there first. Text in square brackets is left
 * out when a field in it is missing; a field missing elsewhere shows as `?`. What is filled in is never read as template.
 */
export function summarize(type: Pick<EventType, 'summary'>, data: unknown): string {
  return type.summary.replace(bracketOrField, (_match, optional?: string, path?: string) => {
    if (optional === undefined) return show(data, path ?? '') ?? '?';
    let complete = true;
    const filled = optional.replace(field, (_field, inner: string) => {
      const shown = show(data, inner);
      complete &&= shown !== undefined;
      return shown ?? '';
    });
    return complete ? filled : '';
  });
}

function show(data: unknown, path: string): string | undefined {
  for (const alternative of path.split('|')) {
    let value = data;
    for (const key of alternative.split('.')) value = isObject(value) ? own(value, key) : undefined;
    const text = textOf(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (!Array.isArray(value)) return undefined;
  const items = value.filter((item) => typeof item === 'string' || typeof item === 'number');
  return items.length === 0 ? undefined : cut(items.slice(0, longestValue).join(', '));
}

/** Cuts between characters, never inside a surrogate pair. */
function cut(text: string): string | undefined {
  const line = text
    .slice(0, 4 * longestValue)
    .replace(unprintable, ' ')
    .trim();
  const characters = Array.from(line);
  const short = characters.length > longestValue ? `${characters.slice(0, longestValue - 1).join('')}…` : line;
  return short === '' ? undefined : short;
}
