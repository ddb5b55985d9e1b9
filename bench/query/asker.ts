/** The reader's side of the benchmark: a store as the application role, whose statements can be listened to. */

import type { Database } from '@telltale/store';
import { EventStore, openDatabase } from '@telltale/store';
import pg from 'pg';

/** A statement as it was sent. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

type Config = { text: string; name?: string; values?: unknown[] };

export interface Asker {
  readonly store: EventStore<Record<string, unknown>>;
  readonly database: Database;
  /** The statements that the work sent. */
  listen(work: () => Promise<unknown>): Promise<Statement[]>;
  close(): Promise<void>;
}

/** Told of every statement while somebody listens. */
class Tap {
  #heard: Statement[] | undefined;

  hear({ text, values = [] }: Config): void {
    this.#heard?.push({ text, values });
  }

  async listen(work: () => Promise<unknown>): Promise<Statement[]> {
    const heard: Statement[] = [];
    this.#heard = heard;
    try {
      await work();
    } finally {
      this.#heard = undefined;
    }
    return heard;
  }
}

/** The part of a pool that the store uses; what goes through it is heard. */
function tapPool(pool: pg.Pool, tap: Tap): Parameters<typeof openDatabase>[0] {
  const sending = (to: pg.Pool | pg.PoolClient) => (config: Config) => {
    tap.hear(config);
    return to.query(config);
  };
  return {
    query: sending(pool),
    async connect() {
      const client = await pool.connect();
      return { query: sending(client), release: (destroy?: boolean) => client.release(destroy) };
    },
    end: () => pool.end(),
  };
}

export function openAsker(url: string): Asker {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    options: '-c role=telltale_application -c timezone=UTC -c statement_timeout=30000',
  });
  pool.on('error', () => undefined);
  const tap = new Tap();
  const connection = tapPool(pool, tap);
  const store = new EventStore<Record<string, unknown>>({ connection, worker: false, queryTimeout: 30_000 });
  return {
    store,
    database: openDatabase(connection),
    listen: (work) => tap.listen(work),
    async close() {
      await store.close();
      await pool.end();
    },
  };
}
