/** Imports the log as history, after registering the event types that it needs. */
import type { AnyEventStore, ImportOptions, ImportReport } from '@telltale/store';
import { toEvent } from './event.ts';
import { registerLineTypes } from './event-type.ts';
import { readLines } from './line.ts';

export interface LinesReport extends ImportReport {
  /** Names of the event types that the lines are of. */
  readonly eventTypes: readonly string[];
}

/** Run again, it goes on where it stopped; a finished import adds nothing. */
export async function importLines(
  store: AnyEventStore,
  folder: string,
  options: ImportOptions = {},
): Promise<LinesReport> {
  const lines = await readLines(folder);
  const eventTypes = await registerLineTypes(store, lines);
  return { ...(await store.importEvents('bgl', lines.map(toEvent), options)), eventTypes };
}
