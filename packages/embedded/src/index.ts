/** A real PostgreSQL out of npm packages, for people who have none: made, started, stopped and recovered in one folder. */
export { defaultDirectory, temporaryDirectory } from './directory.ts';
export type { EmbeddedFailureCode } from './failure.ts';
export { EmbeddedFailure } from './failure.ts';
export type { StopMode } from './run.ts';
export type { PostgresOptions, PostgresServer } from './server.ts';
export { startPostgres } from './server.ts';
