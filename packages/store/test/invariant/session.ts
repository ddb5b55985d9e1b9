/** A connection beside the store's, for what a test does or asks in SQL; it ends with the test. */
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
