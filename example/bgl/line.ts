/** The lines of the BlueGene/L log: what happened where, when to the microsecond, and whether an administrator called it an alert. */
import { TelltaleError } from '@telltale/catalogue';
import { readRows } from '../data.ts';

export const levels = ['INFO', 'WARNING', 'SEVERE', 'ERROR', 'FATAL', 'FAILURE'] as const;
export type Level = (typeof levels)[number];

export interface LogLine {
  /** Its number in the file, from 1. */
  readonly number: number;
  /** RFC 3339 in UTC, six digits. */
  readonly timestamp: string;
  /** Place in the machine, such as `R30-M0-N9-C:J16-U01`; null for a line of the machine as a whole. */
  readonly node: string | null;
  /** The part of the system that wrote it, in lower case: kernel, app, discovery, hardware, mmcs … */
  readonly component: string;
  readonly level: Level;
  readonly message: string;
  /** Which of the file's 120 patterns the message is of: `E1` to `E120`. */
  readonly template: string;
  /** The alert's name, such as KERNDTLB; null for the file's `-`. */
  readonly alert: string | null;
}

type Column = 'LineId' | 'Label' | 'Timestamp' | 'Node' | 'Time' | 'Component' | 'Level' | 'Content' | 'EventId';

/** All lines in order of time. */
export async function readLines(folder: string): Promise<LogLine[]> {
  const rows = await readRows<Column>(folder, 'BGL_2k.log_structured.csv');
  return rows
    .map(toLine)
    .sort((one, other) => one.timestamp.localeCompare(other.timestamp, 'en') || one.number - other.number);
}

function toLine(row: Record<Column, string>): LogLine {
  return {
    number: Number(row.LineId),
    timestamp: toUtc(row),
    node: row.Node === 'NULL' || row.Node === 'UNKNOWN_LOCATION' ? null : row.Node,
    component: row.Component.toLowerCase(),
    level: toLevel(row),
    message: row.Content,
    template: row.EventId,
    alert: row.Label === '-' ? null : row.Label,
  };
}

/** `Time` is the wall clock of Livermore, 7 or 8 h behind; the second comes from `Timestamp`, the digits behind it from `Time`. */
function toUtc({ Timestamp: second, Time: local }: Record<Column, string>): string {
  const digits = local.split('.').at(-1) ?? '';
  return `${new Date(Number(second) * 1000).toISOString().slice(0, -5)}.${digits.padEnd(6, '0')}Z`;
}

function toLevel({ LineId: line, Level: found }: Record<Column, string>): Level {
  const level = levels.find((known) => known === found);
  if (level !== undefined) return level;
  throw new TelltaleError(
    'InvalidArgument',
    `line ${line}: expected a level of ${levels.join(', ')} (found: ${found})`,
  );
}
