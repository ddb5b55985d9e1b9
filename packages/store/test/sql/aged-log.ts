/** A log of three days, whose oldest partitions may be dropped. */
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { type AnyEventStore, type Database, EventStore, openDatabase } from '../../src/index.ts';
import { sampleOf, sampleOfEachTier } from './sample.ts';
import { ask, openStore } from './session.ts';

const setClock = (url: string, days: number): Promise<unknown> =>
  ask(
    url,
    `create or replace function telltale.clock() returns timestamptz language sql volatile
    return clock_timestamp() + interval '${days} days'`,
  );

/** As the worker that drops: the maintenance role, and nothing more. */
export function openMaintenance(url: string): Database {
  const database = openDatabase(url, { role: 'telltale_maintenance', connections: 2 });
  onTestFinished(() => database.close());
  return database;
}

/** Three days of events: two of the debug tier a day, one of each other tier. */
export async function fill(url: string): Promise<{ device: string; days: string[] }> {
  const store: AnyEventStore = new EventStore({ connection: url, worker: false, clockBound: '100 years' });
  const device = randomUUID();
  for (const day of [0, 1, 2]) {
    await setClock(url, day);
    await store.publishBatch([sampleOf('debug', device), ...sampleOfEachTier(device)]);
  }
  await store.close();
  const rows = await ask<{ name: string }>(
    url,
    `select distinct c.relname as name from telltale.events_debug e join pg_class c on c.oid = e.tableoid order by 1`,
  );
  return { device, days: rows.map(({ name }) => name) };
}

export interface Aged {
  readonly url: string;
  readonly store: AnyEventStore;
  readonly maintenance: Database;
  readonly device: string;
  /** Partitions of the debug tier that hold two events each, the oldest first; the last is today's by the log's clock. */
  readonly days: string[];
}

/** A database of its own for a test that drops. */
export async function age(version: number): Promise<Aged> {
  const { url } = await createDatabase('aged', { version });
  const filled = await fill(url);
  const store = openStore(url, { clockBound: '100 years', role: 'telltale_application' });
  return { url, store, maintenance: openMaintenance(url), ...filled };
}
