/** The query benchmark's command line: how many events, where they are kept, for how long it asks. */
import { parseArgs } from 'node:util';

const usage = `npm run bench:query -- [options]

  --events <n,n>   how many events, one database each (default 1000000,10000000)
  --data <folder>  keeps the databases there, and uses those that are there instead of loading again
  --seconds <n>    about how long one measured phase takes, over all questions (default 180)
  --only <text>    only questions whose name holds this text, e.g. --only "full text"
  --rate <n>       events published in a second while questions are asked (default 10000)
  --short          100,000 events and few repeats, in less than a minute
  --out <file>     where the JSON goes (default bench/result/query.json, unless --short or --only)

It starts PostgreSQL of its own: what the first question after a restart takes is part of the figures.`;

export interface Options {
  readonly events: readonly number[];
  /** Null: thrown away at the end. */
  readonly data: string | null;
  readonly seconds: number;
  readonly only: string;
  readonly rate: number;
  readonly short: boolean;
  /** Null: a part of the figures must not stand where all are kept. */
  readonly file: string | URL | null;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new RangeError(`--${name}: expected a number above 0 (found: ${text})`);
}

/** Undefined when only the usage was asked for, which then is printed. */
export function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      events: { type: 'string' },
      data: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string', default: '' },
      rate: { type: 'string', default: '10000' },
      short: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  const { short, only, data = null } = values;
  const partial = short || only !== '';
  return {
    events: (values.events ?? (short ? '100000' : '1000000,10000000'))
      .split(',')
      .map((text) => positive('events', text)),
    data,
    seconds: positive('seconds', values.seconds ?? (short ? '8' : '180')),
    only,
    rate: positive('rate', values.rate),
    short,
    file: values.out ?? (partial ? null : new URL('../result/query.json', import.meta.url)),
  };
}
