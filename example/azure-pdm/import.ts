/** Imports the data set as history: into a log of its own, with the records' own hours as recorded_at. */
import type { AnyEventStore, ImportOptions, ImportReport } from '@telltale/store';
import { toEvents } from './event.ts';
import { readRecords } from './record.ts';

/** Run again, it goes on where it stopped; a finished import adds nothing. */
export async function importMachines(
  store: AnyEventStore,
  folder: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  return store.importEvents('azure-pdm', toEvents(await readRecords(folder)), options);
}
