/** Runs an example on a migrated database, and says in one sentence what stopped it. */
import { TelltaleError } from '@telltale/catalogue';
import { EmbeddedFailure } from '@telltale/embedded';
import { type AnyEventStore, EventStore } from '@telltale/store';
import type { Pool } from 'pg';
import { openExampleDatabase } from './database.ts';

/** Anything but our own errors is a fault of the example and shows its stack. */
export async function runExample(work: (store: AnyEventStore, pool: Pool) => Promise<void>): Promise<void> {
  try {
    const { pool, close } = await openExampleDatabase();
    const store: AnyEventStore = new EventStore({ connection: pool });
    try {
      await work(store, pool);
    } finally {
      await store.close();
      await close();
    }
  } catch (error) {
    if (!(error instanceof TelltaleError || error instanceof EmbeddedFailure)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** Colours are for people: not for files and pipes, nor for those who said no (https://no-color.org). */
export function wantsColour(): boolean {
  return process.stdout.isTTY && !process.env['NO_COLOR'];
}
