/** Rows as aligned columns. */
import { colours } from './colour.ts';

// oxlint-disable-next-line no-control-regex -- the colour codes themselves
const colourCode = /\x1b\[\d+m/g;

// oxlint-disable-next-line no-control-regex -- likewise, kept by split
const colourSplit = /(\x1b\[\d+m)/;

/** Characters that show; colour codes take no room. */
export function visibleLength(text: string): number {
  return Array.from(text.replaceAll(colourCode, '')).length;
}

export const padVisible = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - visibleLength(text)));

/** Lines of a table with a head; columns named in `right` are aligned to the right. The last column is not padded. */
export function tableOf(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => visibleLength(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        if (right.includes(column)) return ' '.repeat(Math.max(0, width - visibleLength(cell))) + cell;
        return column === cells.length - 1 ? cell : padVisible(cell, width);
      })
      .join('  ');
  return [colours.bold(line(head)), ...rows.map(line)];
}

/** Cuts a line to the terminal, which would otherwise fold it; a pipe gets all of it. */
export function fit(line: string): string {
  return process.stdout.isTTY ? cut(line, process.stdout.columns) : line;
}

/** Cuts a line to a width. Colour codes take no room and are all kept, so that the last one still ends its colour. */
export function cut(line: string, width: number): string {
  if (visibleLength(line) <= width) return line;
  let room = width - 1;
  let short = '';
  for (const part of line.split(colourSplit)) {
    if (part.startsWith('\x1b')) short += part;
    else {
      const characters = Array.from(part).slice(0, room);
      room -= characters.length;
      short += characters.join('') + (room === 0 && characters.length > 0 ? '…' : '');
    }
  }
  return short;
}
