/** The server benchmark's command line: for how long it publishes, how many follow. */
import { parseArgs } from 'node:util';

const usage = `npm run bench:server -- [options]

  --seconds <n>    how long events are published as fast as they are taken (default 600)
  --ndjson         as one endless NDJSON upload a connection instead of batches of 500
  --connections <n>  requests under way at once (default 4)
  --clients <n,n>  live clients of one device each (default 1000,10000); 0 for no live part
  --rate <n>       events a second while clients follow (default 5000)
  --live <n>       seconds that each number of clients follows (default 60)
  --short          a few seconds of everything, 50 clients
  --profile <dir>  leaves a CPU profile of the server process there
  --out <file>     where the JSON goes (default bench/result/server.json, unless --short)

It starts PostgreSQL of its own, with fsync on; load generator and server share the machine.`;

export interface Options {
  readonly seconds: number;
  readonly form: 'batch' | 'ndjson';
  readonly connections: number;
  readonly clients: readonly number[];
  readonly rate: number;
  readonly liveSeconds: number;
  readonly profile: string | null;
  /** Null: figures of the short form must not stand where the real ones are kept. */
  readonly file: string | URL | null;
}

function numberOf(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (value >= least) return value;
  throw new RangeError(`--${name}: expected a number from ${least} (found: ${text})`);
}

/** Undefined when only the usage was asked for, which then is printed. */
export function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string' },
      ndjson: { type: 'boolean', default: false },
      connections: { type: 'string', default: '4' },
      clients: { type: 'string' },
      rate: { type: 'string' },
      live: { type: 'string' },
      short: { type: 'boolean', default: false },
      profile: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  const { short } = values;
  const clients = (values.clients ?? (short ? '50' : '1000,10000')).split(',');
  return {
    seconds: numberOf('seconds', values.seconds ?? (short ? '3' : '600')),
    form: values.ndjson ? 'ndjson' : 'batch',
    connections: numberOf('connections', values.connections),
    clients: clients.map((text) => numberOf('clients', text, 0)).filter((count) => count > 0),
    rate: numberOf('rate', values.rate ?? (short ? '500' : '5000')),
    liveSeconds: numberOf('live', values.live ?? (short ? '3' : '60')),
    profile: values.profile ?? null,
    file: values.out ?? (short ? null : new URL('../result/server.json', import.meta.url)),
  };
}
