/** Connections and stores of one test, closed when it ends. */
import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import { type AnyEventStore, EventStore, type EventStoreOptions } from '../../src/index.ts';

/** One connection; `role` is the role it works as, else the superuser of the test server. */
export async function connect(url: string, role?: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  // A database that is dropped under a test's connection reports here.
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end());
  if (role !== undefined) await client.query(`set role ${role}`);
  return client;
}

/** A store without a worker, unless the options say otherwise: nothing happens that the test did not ask for. */
export function openStore(url: string, options: Partial<EventStoreOptions> = {}): AnyEventStore {
  const store: AnyEventStore = new EventStore({ connection: url, worker: false, connections: 4, ...options });
  onTestFinished(() => store.close());
  return store;
}

/** Rows of one statement on a connection of its own. */
export async function ask<Row = Record<string, unknown>>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** The SQLSTATE that a statement fails with, or `ok`. */
export async function sqlState(statement: Promise<unknown>): Promise<string> {
  return statement.then(
    () => 'ok',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
}
