/** How events of any type, also of those registered at run time, become lines for the terminal or pipe that is there. */
import type { Event } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import { lineOf, type Summaries } from './view/line.ts';

/** Reads the words of all types once; answers with what makes a line of an event. */
export async function readWording(store: AnyEventStore): Promise<(event: Event) => string> {
  const types = await store.describeEventTypes();
  const summaries: Summaries = new Map(types.map((type) => [type.name, type.summary]));
  const columns = process.stdout.isTTY ? process.stdout.columns : undefined;
  return (event) => lineOf(event, summaries, columns);
}
