/** A PostgreSQL server of its own for one test, to be killed and started again. */

import type { PostgresOptions, PostgresServer } from '@telltale/embedded';
import { onTestFinished, TestRunner } from 'vitest';
import type { TestVersion } from './server.ts';
import { startThrowAway } from './server.ts';

export type ClusterOptions = Pick<PostgresOptions, 'version' | 'settings' | 'fsync'>;

export interface TestCluster extends PostgresServer {
  /** Stops it and removes its folder. In a test this happens by itself, unless the test fails. */
  readonly remove: () => Promise<void>;
}

/** Starts one with fsync on, as crash tests must. Its database is empty: migrate it through the store. */
export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const chosen = Number(process.env['TELLTALE_TEST_VERSION']);
  const version: TestVersion = options.version ?? (chosen === 15 ? 15 : 18);
  const { server, directory, remove } = await startThrowAway({ fsync: true, ...options, version });
  if (TestRunner.getCurrentTest()) {
    onTestFinished(async ({ task }) => {
      if (task.result?.state !== 'fail') return remove();
      await server.stop('immediate');
      console.log(
        `Kept the server of the failed test:\n  npx tsx --conditions=source script/dev-postgres.ts ${version} ${directory}`,
      );
    });
  }
  return Object.assign(server, { remove });
}
