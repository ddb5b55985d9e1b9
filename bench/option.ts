/** The benchmark's command line: which rows, how often, for how long. */
import { parseArgs } from 'node:util';
import { nameOf, plan, type Row } from './plan.ts';

const usage = `npm run bench -- [options]

  --short        the rows that decide the ratios, in less than a minute
  --only <text>  only rows whose name holds this text, e.g. --only "emmett 250x4"
  --rounds <n>   how often every row runs; the median counts (default 3)
  --seconds <n>  about how long one run takes (default 2, short 0.5)
  --out <file>   where the JSON goes (default bench/result/append.json, unless --short or --only)

DATABASE_URL names the server; without it an embedded PostgreSQL is started and thrown away.`;

export interface Options {
  readonly rows: readonly Row[];
  readonly rounds: number;
  readonly seconds: number;
  /** Null: a part of the rows must not stand where the figures of all are kept. */
  readonly file: string | URL | null;
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (value > 0) return value;
  throw new RangeError(`--${name}: expected a number above 0 (found: ${text})`);
}

function choose(only: string, short: boolean): readonly Row[] {
  const rows = plan.filter((row) => (!short || row.short) && nameOf(row).includes(only));
  if (rows.length > 0) return rows;
  throw new RangeError(
    `--only: expected a part of a row's name (found: ${only}); rows: ${plan.map(nameOf).join('; ')}`,
  );
}

/** Undefined when only the usage was asked for, which then is printed. */
export function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  const partial = values.short || values.only !== '';
  return {
    rows: choose(values.only, values.short),
    rounds: Math.ceil(positive('rounds', values.rounds, 3)),
    seconds: positive('seconds', values.seconds, values.short ? 0.5 : 2),
    file: values.out ?? (partial ? null : new URL('result/append.json', import.meta.url)),
  };
}
