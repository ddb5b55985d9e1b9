/** The PostgreSQL servers that the database tests run against, and what the setup hands to the test files about them. */
import { rm } from 'node:fs/promises';
import type { PostgresOptions, PostgresServer } from '@telltale/embedded';
import { startPostgres, temporaryDirectory } from '@telltale/embedded';

export type TestVersion = 15 | 18;

/** A server as the test files see it. */
export interface TestServer {
  /** Major version. */
  readonly version: number;
  readonly url: string;
  /** The migrated database that every test database is cloned from. */
  readonly template: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly servers: readonly TestServer[];
  }
}

export interface ThrowAwayServer {
  readonly server: PostgresServer;
  readonly directory: string;
  /** Stops it and removes its folder. */
  readonly remove: () => Promise<void>;
}

/** Starts a server in a fresh temporary folder. */
export async function startThrowAway(options: Omit<PostgresOptions, 'directory'>): Promise<ThrowAwayServer> {
  const directory = await temporaryDirectory('telltale-test');
  const server = await startPostgres({
    ...options,
    directory,
    // 64 is PostgreSQL's default: what passes here passes on a server that nobody has tuned.
    settings: { max_locks_per_transaction: '64', shared_buffers: '128MB', ...options.settings },
  });
  const remove = async (): Promise<void> => {
    await server.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  };
  return { server, directory, remove };
}
