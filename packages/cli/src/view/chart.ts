/** Counts with small bars beside them. */

import { colours } from './colour.ts';
import { count, counted } from './number.ts';
import { tableOf } from './table.ts';

/** Parts of a column, so that a bar shows an eighth of it. */
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of a value against the largest one, at most `width` columns; what is more than nothing shows. */
export function barOf(value: number, largest: number, width: number): string {
  if (value <= 0 || largest <= 0) return '';
  const parts = Math.max(1, Math.round((Math.min(value, largest) / largest) * width * 8));
  return '█'.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '');
}

/** Rows that people read; --json has all of them. */
const mostRows = 15;
const barWidth = 20;

/** A table of counts with bars; what is beyond 15 rows is summed up. */
export function chartOf(
  title: string,
  rows: readonly (readonly [name: string, events: number])[],
  paint: (text: string) => string = String,
): string[] {
  const largest = Math.max(0, ...rows.map(([, events]) => events));
  const shown = rows.slice(0, mostRows);
  const cells = shown.map(([name, events]) => [paint(name), count(events), barOf(events, largest, barWidth)]);
  const lines = tableOf([title, 'Events', ''], cells, [1]).map((line) => line.trimEnd());
  const others = rows.slice(mostRows);
  if (others.length === 0) return lines;
  const more = others.reduce((sum, [, events]) => sum + events, 0);
  return [...lines, colours.dim(`and ${others.length} more with ${counted(more, 'event')}`)];
}
