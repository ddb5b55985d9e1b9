/** Medians, ratios and the table: what the runs of all rows say in the end. */
import { nameOf, type Role, type Row } from './plan.ts';
import type { Run } from './run.ts';

export interface Outcome {
  readonly row: Row;
  readonly events: number;
  readonly runs: readonly Run[];
}

interface Line {
  readonly name: string;
  readonly role: Role;
  readonly batch: number;
  readonly callers: number;
  readonly logs?: number;
  readonly events: number;
  readonly events_per_second: number;
  readonly slowest: number;
  readonly fastest: number;
  readonly node_microseconds: number;
  readonly postgres_microseconds: number | null;
  readonly bytes: Record<string, number>;
}

export interface Summary {
  /** Events in the longest run. */
  readonly events: number;
  /** Table and indexes of recorded events, after the longest append. */
  readonly bytes_per_event: number | null;
  /** The same in parts, and what stands beside the events. */
  readonly bytes: Record<string, number>;
  readonly ratios: Record<string, number>;
  readonly rows: readonly Line[];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

function line({ row, events, runs }: Outcome): Line {
  const rates = runs.map(({ rate }) => rate);
  const postgres = runs.flatMap(({ postgresMicroseconds }) => postgresMicroseconds ?? []);
  return {
    name: nameOf(row),
    role: row.role,
    ...row.shape,
    events,
    events_per_second: Math.round(median(rates)),
    slowest: Math.round(Math.min(...rates)),
    fastest: Math.round(Math.max(...rates)),
    node_microseconds: round(median(runs.map(({ nodeMicroseconds }) => nodeMicroseconds)), 1),
    postgres_microseconds: postgres.length === 0 ? null : round(median(postgres), 1),
    bytes: runs.at(-1)?.bytes ?? {},
  };
}

function best(lines: readonly Line[], role: Role): number | undefined {
  const rates = lines.filter((one) => one.role === role).map((one) => one.events_per_second);
  return rates.length === 0 ? undefined : Math.max(...rates);
}

/**
 * Which of our rows is held against which baselines. `raw_copy` is the strict reading, the unparsed text;
 * `raw_copy_jsonb` says what is left of the distance when the server parses what it is given, as any store must.
 */
const comparisons: readonly (readonly [ratio: string, ours: Role, theirs: Role])[] = [
  ['raw_copy', 'append', 'raw_copy'],
  ['raw_copy_everything', 'everything', 'raw_copy'],
  ['raw_copy_jsonb', 'append', 'raw_copy_jsonb'],
  ['function_call', 'append', 'function_call'],
  ['emmett', 'append', 'emmett'],
  ['emmett_single', 'publish', 'emmett_single'],
];

function ratiosOf(rows: readonly Line[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const [name, ours, theirs] of comparisons) {
    const [mine, other] = [best(rows, ours), best(rows, theirs)];
    if (mine !== undefined && other !== undefined) ratios[name] = round(mine / other, 3);
  }
  return ratios;
}

export function summarise(outcomes: readonly Outcome[]): Summary {
  const rows = outcomes.map(line);
  const longest = [...rows].sort((one, other) => other.events - one.events);
  const bytes = longest.find(({ role }) => role === 'append')?.bytes ?? {};
  return {
    events: longest[0]?.events ?? 0,
    bytes_per_event: bytes['events'] ?? null,
    bytes,
    ratios: ratiosOf(rows),
    rows,
  };
}

export function formatTable({ rows, ratios, bytes }: Summary): string {
  const width = Math.max(...rows.map(({ name }) => name.length), 10);
  const head = `${'row'.padEnd(width)} ${'events/s'.padStart(9)} ${'slowest'.padStart(9)} ${'fastest'.padStart(9)}  us/event node  postgres`;
  const body = rows.map((one) =>
    [
      one.name.padEnd(width),
      String(one.events_per_second).padStart(9),
      String(one.slowest).padStart(9),
      String(one.fastest).padStart(9),
      one.node_microseconds.toFixed(1).padStart(14),
      (one.postgres_microseconds?.toFixed(1) ?? '-').padStart(9),
    ].join(' '),
  );
  const footer = Object.entries(ratios).map(([name, ratio]) => `${name.padEnd(width)} ${String(ratio).padStart(9)}`);
  const sizes = Object.entries(bytes).map(([name, size]) => `${name.padEnd(width)} ${String(size).padStart(9)}`);
  return [
    head,
    ...body,
    ...(footer.length === 0 ? [] : ['', 'ratios, ours over theirs, best against best', ...footer]),
    ...(sizes.length === 0 ? [] : ['', 'bytes an event', ...sizes]),
  ].join('\n');
}
