/** A connection beside the store's, for what a test does or asks in SQL; it ends with the test. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { onTestFinished } from 'vitest';

export interface Session {
  readonly client: Client;
  /** Runs a statement and answers with its rows. */
  ask<Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** The name tells killers of backends whom to spare. */
export const observer = 'observer';

export async function openSession(url: string, name: string = observer): Promise<Session> {
  const client = new Client({ connectionString: url, application_name: name });
  // A server that is killed in the test ends the connection; that alone must not end the process.
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.end().catch(() => undefined));
  return {
    client,
    ask: async <Row>(sql: string, values: readonly unknown[] = []) => {
      const { rows } = await client.query({ text: sql, values: [...values] });
      return rows as Row[];
    },
  };
}

/** Returns when that many statements of this database wait for a log. */
export async function waitForLock(session: Session, count = 1): Promise<void> {
  for (;;) {
    const waiting = await session.ask(
      `select from pg_locks where locktype = 'advisory' and not granted
         and database = (select oid from pg_database where datname = current_database())`,
    );
    if (waiting.length >= count) return;
    await sleep(10);
  }
}
