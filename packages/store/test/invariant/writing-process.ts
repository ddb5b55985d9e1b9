/** A process of writers, until its input ends: `{url, names, devices}`. Prints an Outcome a line, the first when it begins. */
import { writeSync } from 'node:fs';
import { type AnyEventStore, EventStore } from '@telltale/store';
import pg from 'pg';
import { write } from './writer.ts';

interface WritingTask {
  readonly url: string;
  /** One writer each, all on one store. */
  readonly names: readonly string[];
  readonly devices: number;
}

const task = JSON.parse(process.argv[2] ?? '') as WritingTask;
let stopped = false;
process.stdin.on('end', () => {
  stopped = true;
});
process.stdin.resume();

const store: AnyEventStore = new EventStore({ connection: task.url, role: 'telltale_application', connections: 4 });
const pool = new pg.Pool({ connectionString: task.url, max: task.names.length });
pool.on('error', () => undefined);
pool.on('connect', (client) => client.on('error', () => undefined));

await Promise.all(
  task.names.map((name) =>
    write({
      store,
      pool,
      name,
      devices: task.devices,
      stopped: () => stopped,
      // At once and whole: what is printed was acknowledged, also when the next thing is SIGKILL.
      report: (outcome) => writeSync(1, `${JSON.stringify(outcome)}\n`),
    }),
  ),
);
await store.close();
await pool.end();
