/** The test projects: `unit` needs no database, `db` runs against real PostgreSQL servers that test/setup.ts starts. */
import { defineConfig } from 'vitest/config';

const source = {
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          // vitest tells its workers to colour where it does itself, as under CI; what is compared here is plain.
          env: { NO_COLOR: '1' },
          include: ['packages/*/test/**/*.unit.test.ts', 'test/**/*.unit.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...source,
        test: {
          name: 'db',
          include: ['packages/*/test/**/*.db.test.ts', 'test/**/*.db.test.ts', 'example/test/**/*.db.test.ts'],
          globalSetup: ['test/setup.ts'],
          // Five times what the longest takes here with nothing else running: a machine that is busy is no failure.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // After the unit tests: vitest runs projects of different width one after the other only.
          // Three on two cores: much of a test is waiting. The whole took 571 s instead of 647, a quarter of an hour is allowed.
          maxWorkers: 3,
          // Loading the packages anew for each of 136 files took 85 s of the run; no test leaves anything in a module.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
