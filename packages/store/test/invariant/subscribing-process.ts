/** A process with one subscription, until its input ends: `{url, name, batch, failing}`. Prints `{position}` for every event. */
import { writeSync } from 'node:fs';
import { EventStore } from '@telltale/store';

interface SubscribingTask {
  readonly url: string;
  readonly name: string;
  readonly batch: number;
  /** Share of the events that the handler throws on, once each time they come. */
  readonly failing: number;
}

const task = JSON.parse(process.argv[2] ?? '') as SubscribingTask;
const store = new EventStore({ connection: task.url, role: 'telltale_application', worker: false });
const subscription = store.subscribe(
  task.name,
  (event) => {
    if (Math.random() < task.failing) throw new Error('the handler failed');
    writeSync(1, `${JSON.stringify({ position: event.position })}\n`);
  },
  { batch: task.batch, poll: 20 },
);
process.stdin.on('end', () => void subscription.stop().then(() => store.close()));
process.stdin.resume();
await subscription.ended;
