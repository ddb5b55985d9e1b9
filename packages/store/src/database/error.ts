/** Turns what a driver throws into the errors of the table. */
import { failureOfSqlstate, TelltaleError } from '@telltale/catalogue';

/** The fields of a PostgreSQL error that both drivers carry. */
export interface PostgresError extends Error {
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly constraint?: string;
  readonly constraint_name?: string;
  readonly routine?: string;
}

/** Node's and the drivers' own codes, and SQLSTATE classes 08 and 57P0x: the server was not there, or went away. */
const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  '57P01',
  '57P02',
  '57P03',
]);

/** Messages of node-postgres for a connection that broke; it gives them no code. */
const connectionMessages =
  /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Cannot use a pool|Client was closed|server closed the connection/;

/** Whether the server was away or went away, so that the fate of the statement is unknown. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as PostgresError).code;
  if (code !== undefined) return connectionCodes.has(code) || code.startsWith('08');
  return connectionMessages.test(error.message);
}

/** A row found no partition; told by the routine, since the message follows the server's language. */
export function isPartitionMissing(error: unknown): boolean {
  const { code, routine } = error as PostgresError;
  return code === '23514' && routine === 'ExecFindPartition';
}

/** Two writers met on one key of ours; the loser may try again. */
export function isCollision(error: unknown): boolean {
  const { code } = error as PostgresError;
  return code === '23505' || code === '40P01' || code === '40001';
}

/** The error to hand to a caller. */
export function toTelltaleError(error: unknown): Error {
  if (error instanceof TelltaleError || !(error instanceof Error)) return error as Error;
  const { code, hint } = error as PostgresError;
  const ours = code === undefined ? undefined : failureOfSqlstate(code);
  const message = hint === undefined ? error.message : `${error.message}; ${hint}`;
  if (ours !== undefined) return new TelltaleError(ours, message, {}, { cause: error });
  if (isConnectionError(error)) {
    return new TelltaleError(
      'ConnectionFailed',
      `expected an answer from PostgreSQL (found: ${error.message})`,
      {},
      { cause: error },
    );
  }
  if (code === '57014' || code === '55P03') {
    return new TelltaleError(
      'StatementTimeout',
      `expected PostgreSQL to finish in time (found: ${error.message})`,
      {},
      { cause: error },
    );
  }
  if (code === '3F000' || code === '42P01' || code === '42883') {
    return new TelltaleError(
      'NotMigrated',
      `expected the telltale schema (found: ${error.message}); run telltale migrate`,
      {},
      { cause: error },
    );
  }
  return error;
}
