/** Prints a tree in its one canonical form: parsing that gives the same tree, but for the places in the text. */
import { fieldEntry } from './field.ts';
import type { Filter, FilterField, FilterValue } from './tree.ts';

const bareName = /^[^ \t\n\v\f\r()":=<>!,.]+$/;
const bareTag = /^[^ \t\n\v\f\r()":=<>!,.]+(?:\.[^ \t\n\v\f\r()":=<>!,.]+)*$/;
const bareValue = /^[^ \t\n\v\f\r()",*]+$/;
const wordOfJson = /^(?:true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

/** The canonical text of a tree. */
export function printFilter(tree: Filter): string {
  switch (tree.kind) {
    case 'and':
      return tree.parts.map((part) => (part.kind === 'or' ? `(${printFilter(part)})` : printFilter(part))).join(' ');
    case 'or':
      return tree.parts.map(printFilter).join(' OR ');
    case 'not':
      return tree.part.kind === 'and' || tree.part.kind === 'or'
        ? `-(${printFilter(tree.part)})`
        : `-${printFilter(tree.part)}`;
    case 'text':
      return tree.words.length === 1 ? tree.words.join('') : `"${tree.words.join(' ')}"`;
    case 'present':
      return `${printField(tree.field)}:*`;
    case 'value':
      return `${printField(tree.field)}:${tree.values.map((value) => printValue(tree.field, value)).join(',')}`;
    case 'order':
      return `${printField(tree.field)}${tree.operator}${printValue(tree.field, tree.value)}`;
    default:
      return tree satisfies never;
  }
}

function printField({ name, path }: FilterField): string {
  const form = fieldEntry(name).path === 'name' ? bareTag : bareName;
  return [name, ...path.map((key) => (form.test(key) ? key : quote(key)))].join('.');
}

function printValue(field: FilterField, value: FilterValue): string {
  switch (value.kind) {
    case 'time':
      return value.value;
    case 'boolean':
      return String(value.value);
    case 'number':
      return value.text;
    case 'text':
      return printText(value.parts, fieldEntry(field.name).kind === 'json');
    default:
      return value satisfies never;
  }
}

/** In a document, a text that reads as a number or as true goes into quotes to stay a text. */
function printText(parts: readonly string[], json: boolean): string {
  const [only = ''] = parts;
  if (parts.length === 1) return bareValue.test(only) && !(json && wordOfJson.test(only)) ? only : quote(only);
  return parts.map((part) => (part === '' || bareValue.test(part) ? part : quote(part))).join('*');
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
