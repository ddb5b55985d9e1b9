/** Runs a PostgreSQL for development until Ctrl-C: `npx tsx --conditions=source script/dev-postgres.ts [18|15] [folder]`. */
import { resolve } from 'node:path';
import { startPostgres } from '@telltale/embedded';

const version = process.argv[2] === '15' ? 15 : 18;
const directory = resolve(process.argv[3] ?? `.telltale/dev-${version}`);
const server = await startPostgres({ version, directory });
console.log(server.url);

// PostgreSQL goes on without us only as long as there is something to wait for.
const waiting = setInterval(() => undefined, 1 << 30);
const stop = (): void => {
  clearInterval(waiting);
  void server.stop();
};
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
