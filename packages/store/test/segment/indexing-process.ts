/** A process that publishes and indexes until it is killed: `{url, name}`. Prints how many events it has published. */
import { writeSync } from 'node:fs';
import { type AnyEventStore, EventStore } from '@telltale/store';
import { seededRandom } from '../invariant/writer.ts';
import { randomEvent } from '../search/fleet.ts';

const task = JSON.parse(process.argv[2] ?? '') as { url: string; name: string };
const store: AnyEventStore = new EventStore({ connection: task.url, role: 'telltale_application', connections: 4 });
const next = seededRandom(task.name);
const base = Date.now();
for (let published = 0; ; published += 400) {
  await store.publishBatch(Array.from({ length: 400 }, () => randomEvent(next, base)));
  writeSync(1, `${published}\n`);
  // Beside the next batch, as its own worker does; a killed process is always at some point of both.
  void store.index();
}
