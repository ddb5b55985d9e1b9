/** What the times say: percentiles, growth, and a table with the goals. */
import type { Loaded, LoadReport } from './load.ts';
import type { Alone, Series, UnderLoad } from './measure.ts';
import type { PublisherReport } from './publisher.ts';
import type { Question } from './question.ts';

export interface SizeResult {
  readonly events: number;
  readonly load: LoadReport;
  readonly publisher: PublisherReport;
  /** Events that no stored segment had at the end of the load. */
  readonly unindexed: number;
  readonly queries: readonly Line[];
}

export interface Line {
  readonly name: string;
  readonly floor_ms: number;
  readonly aim_ms: number;
  readonly cold_ms: number | null;
  readonly alone_calls: number;
  readonly alone_p50_ms: number | null;
  readonly alone_p99_ms: number | null;
  readonly under_load_calls: number;
  readonly under_load_p50_ms: number | null;
  readonly under_load_p99_ms: number | null;
  /** Planning all statements of one call anew; prepared statements pay it five times a connection. */
  readonly planning_ms: number | null;
  readonly statements: number;
  /** Rows, or events counted, of an answer on average. */
  readonly answer: number;
  readonly failures: number;
  readonly failure: string | null;
}

type Figures = Record<string, number | null>;

export interface Result {
  readonly events: number;
  readonly under_load_p99_ms: Figures;
  readonly alone_p99_ms: Figures;
  /** Median alone, largest size over smallest. */
  readonly growth: Figures;
  readonly sizes: readonly SizeResult[];
}

export interface Measured {
  readonly loaded: Loaded;
  readonly cold: ReadonlyMap<Question, Series>;
  readonly alone: ReadonlyMap<Question, Alone>;
  readonly underLoad: UnderLoad;
}

const round = (value: number | null | undefined): number | null =>
  value == null || Number.isNaN(value) ? null : Number(value.toPrecision(3));

/** By nearest rank: the 99th of 20 calls is the slowest. */
function percentile(times: readonly number[], share: number): number | null {
  const sorted = [...times].sort((one, other) => one - other);
  return round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]);
}

function lineOf(question: Question, { cold, alone, underLoad }: Measured): Line {
  const [first, by, under] = [cold.get(question), alone.get(question), underLoad.series.get(question)];
  const all = [first, by, under].filter((series) => series !== undefined);
  return {
    name: question.name,
    floor_ms: question.goal.floor,
    aim_ms: question.goal.aim,
    cold_ms: round(first?.times[0]),
    alone_calls: by?.times.length ?? 0,
    alone_p50_ms: percentile(by?.times ?? [], 0.5),
    alone_p99_ms: percentile(by?.times ?? [], 0.99),
    under_load_calls: under?.times.length ?? 0,
    under_load_p50_ms: percentile(under?.times ?? [], 0.5),
    under_load_p99_ms: percentile(under?.times ?? [], 0.99),
    planning_ms: round(by?.planning),
    statements: by?.statements ?? 0,
    answer: round((by?.rows ?? 0) / Math.max(1, by?.times.length ?? 0)) ?? 0,
    failures: all.reduce((sum, { failures }) => sum + failures, 0),
    failure: all.find(({ failure }) => failure !== null)?.failure ?? null,
  };
}

export function sizeResult(questions: readonly Question[], measured: Measured): SizeResult {
  const { loaded, underLoad } = measured;
  return {
    events: loaded.events,
    load: loaded.report,
    publisher: underLoad.publisher,
    unindexed: underLoad.unindexed,
    queries: questions.map((question) => lineOf(question, measured)),
  };
}

export function summarise(sizes: readonly SizeResult[]): Result {
  const ordered = [...sizes].sort((one, other) => one.events - other.events);
  const [small, large] = [ordered[0] as SizeResult, ordered.at(-1) as SizeResult];
  const figures = (pick: (line: Line, index: number) => number | null): Figures =>
    Object.fromEntries(large.queries.map((line, index) => [line.name, pick(line, index)]));
  return {
    events: large.events,
    under_load_p99_ms: figures((line) => line.under_load_p99_ms),
    alone_p99_ms: figures((line) => line.alone_p99_ms),
    growth: small === large ? {} : figures((line, index) => growth(small.queries[index], line)),
    sizes,
  };
}

function growth(small: Line | undefined, large: Line): number | null {
  const before = small?.alone_p50_ms ?? null;
  return before === null || large.alone_p50_ms === null ? null : round(large.alone_p50_ms / before);
}

const heads = ['cold', 'alone p50', 'p99', 'load p50', 'p99', 'calls', 'plan', 'stmts', 'answer', 'floor', 'aim', ''];

const cell = (value: number | string | null): string => String(value ?? '-').padStart(9);

export function formatTable({ events, queries, load, publisher, unindexed }: SizeResult): string {
  const width = Math.max(...queries.map(({ name }) => name.length));
  const body = queries.map((line) => {
    const cells = [line.cold_ms, line.alone_p50_ms, line.alone_p99_ms, line.under_load_p50_ms, line.under_load_p99_ms];
    const rest = [line.under_load_calls, line.planning_ms, line.statements, line.answer, line.floor_ms, line.aim_ms];
    return `${line.name.padEnd(width)} ${[...cells, ...rest].map(cell).join(' ')}  ${verdict(line)}`;
  });
  const failures = queries.filter(({ failure }) => failure !== null).map(({ name, failure }) => `${name}: ${failure}`);
  return [
    `${events} events; milliseconds; under load: ${publisher.events_per_second} events/s published, ${unindexed} not indexed yet`,
    `${' '.repeat(width)} ${heads.map(cell).join(' ')}`,
    ...body,
    `load: ${JSON.stringify(load)}`,
    ...(failures.length === 0 ? [] : ['failed:', ...failures]),
  ].join('\n');
}

function verdict({ under_load_p99_ms: p99, floor_ms: floor, aim_ms: aim, failures }: Line): string {
  if (failures > 0 || p99 === null) return `FAILED ${failures} times`;
  if (p99 <= aim) return 'meets the aim';
  return p99 <= floor ? 'meets the floor' : 'MISSES THE FLOOR';
}
