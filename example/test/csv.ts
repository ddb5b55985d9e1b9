/** Reads the files once more, straight from the disk, so that a count does not go through what it checks. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { dataFolder } from '../data.ts';

/** Rows as arrays, without the header. */
export function readCsv(dataset: string, file: string): string[][] {
  return parse(readFileSync(join(dataFolder(dataset), file)), { from_line: 2 });
}

/** How many rows there are of each key. */
export function countBy<Row>(rows: readonly Row[], key: (row: Row) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[key(row)] = (counts[key(row)] ?? 0) + 1;
  return counts;
}
