/** Finds a migrated database for an example: the one of DATABASE_URL, or a PostgreSQL of the examples' own. */
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@telltale/embedded';
import { migrate } from '@telltale/store';
import { Pool } from 'pg';

export interface ExampleDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Closes the pool, and stops the server if it is ours. What it holds is still there at the next run. */
  readonly close: () => Promise<void>;
}

export async function openExampleDatabase(): Promise<ExampleDatabase> {
  const given = process.env['DATABASE_URL'];
  const directory = fileURLToPath(new URL('../.telltale/example', import.meta.url));
  const server = given ? undefined : await startPostgres({ directory });
  const url = given || (server?.url ?? '');
  await migrate(url);
  const pool = new Pool({ connectionString: url });
  const close = async (): Promise<void> => {
    await pool.end();
    await server?.stop();
  };
  return { url, pool, close };
}
