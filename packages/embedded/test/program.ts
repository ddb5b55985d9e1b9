/** A program of its own that runs a server until it is killed: for tests of other users, other processes and other layouts. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresOptions, PostgresServer } from '../src/index.ts';

export interface ProgramOrder {
  /** Address of the package's index.ts, possibly that of a copy. */
  readonly entry: string;
  readonly options: PostgresOptions;
  /** Become this user first, as somebody who logs in without a home would. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

const order: ProgramOrder = JSON.parse(process.argv[2] ?? '');
const { startPostgres }: { startPostgres: (options: PostgresOptions) => Promise<PostgresServer> } = await import(
  order.entry
);
if (order.user) {
  process.setgroups?.([]);
  process.setgid?.(order.user.gid);
  process.setuid?.(order.user.uid);
}
try {
  const server = await startPostgres(order.options);
  process.once('SIGTERM', () => void server.stop().then(() => process.exit()));
  console.log(JSON.stringify({ url: server.url, pid: server.pid }));
  await sleep(600_000);
} catch (error) {
  console.log(JSON.stringify({ error: String(error) }));
}
