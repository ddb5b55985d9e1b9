/** Finds the field that a filter names, or says which one may have been meant. */
import { nearestNames } from '../nearest.ts';
import { fieldEntry, fieldNames, isFieldName } from './field.ts';
import { refuseFilter } from './refuse.ts';
import type { WrittenName } from './scanner.ts';
import type { FilterField } from './tree.ts';

/** @throws InvalidFilter for a name that is no field, and for a document without a path into it. */
export function readField(text: string, { parts, gap, span }: WrittenName): FilterField {
  const whole = parts.join('.');
  const [head = '', ...rest] = parts;
  if (isFieldName(whole) && fieldEntry(whole).path === undefined) return { name: whole, path: [] };
  if (!isFieldName(head) || fieldEntry(head).path === undefined) {
    throw refuseFilter(text, span, whole === '' ? 'a field before its operator' : 'a field', hintFor(whole, head));
  }
  if (rest.length === 0 || gap) {
    const example = head === 'tag' ? 'tag.site' : `${head}.key`;
    throw refuseFilter(text, span, `a name behind each dot, such as ${example}`);
  }
  return { name: head, path: fieldEntry(head).path === 'name' ? [rest.join('.')] : rest };
}

/** The nearest fields; those who write the envelope's own names, or half of a name, are told the field. */
function hintFor(found: string, head: string): string {
  const meant = fieldNames.filter((name) => fieldEntry(name).envelope === found || name.startsWith(`${found}.`));
  const withPath = nearestNames(head, ['tag', 'data', 'metadata']).map(
    (name) => `${name}.${found.slice(head.length + 1)}`,
  );
  const near = meant.length > 0 ? meant : nearestNames(found, fieldNames);
  if (near.length === 0 && found.includes('.')) near.push(...withPath);
  if (near.length > 0 && found !== '') return `did you mean ${near.join(' or ')}?`;
  return `fields are ${fieldNames.join(', ')}; or quote the text to search for it`;
}
