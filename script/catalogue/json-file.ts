/** Prints JSON as the formatter would, so that a generated file is never reported as unformatted. */

/** The formatter's line width. */
const width = 120;

export function printJson(value: unknown): string {
  return `${print(value, '', 0)}\n`;
}

function print(value: unknown, indent: string, used: number): string {
  if (Array.isArray(value)) return printList(value, indent, used);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const lines = Object.entries(value).map(([key, item]) => {
    const head = `${inner}${JSON.stringify(key)}: `;
    return head + print(item, inner, head.length);
  });
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
}

function printList(list: readonly unknown[], indent: string, used: number): string {
  const inner = `${indent}  `;
  const plain = list.every((item) => typeof item !== 'object' || item === null);
  const line = `[${list.map((item) => JSON.stringify(item)).join(', ')}]`;
  // One more for the comma that may follow.
  if (plain && used + line.length + 1 <= width) return line;
  return `[\n${list.map((item) => inner + print(item, inner, inner.length)).join(',\n')}\n${indent}]`;
}
