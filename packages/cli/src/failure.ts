/** What the user reads when something went wrong: one sentence that says what to do. */
import { TelltaleError } from '@telltale/catalogue';
import { programName } from './invocation.ts';

/** An error of the command line itself; its message is the sentence. */
export class CommandFailure extends Error {
  /** 1: it did not work; 2: it was called the wrong way. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

/** Nobody said which database to use, and none is running. */
export class NoDatabase extends CommandFailure {}

export const usage = (message: string): CommandFailure => new CommandFailure(message, 2);

/** PostgreSQL and the system say what is wrong, and not what to do. */
const advice: Record<string, string> = {
  '28P01': 'check the user and the password in the address',
  '28000': 'check the user and the password in the address',
  '3D000': 'create the database first, or correct its name in the address',
  '42501': 'connect as a member of telltale_application, or as a superuser to migrate',
  '53300': 'close some connections, or raise max_connections',
  ENOENT: 'check the path',
  EACCES: 'check the permissions, or choose another path',
  EISDIR: 'name a file, not a folder',
};

/** The sentence for any error. */
export function sentenceOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return sentenceOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  if (error instanceof TelltaleError) return telltaleSentence(error);
  const { code } = error as NodeJS.ErrnoException;
  const hint = code === undefined ? undefined : advice[code];
  return oneLine(hint === undefined ? error.message : `${error.message}; ${hint}`);
}

function telltaleSentence(error: TelltaleError): string {
  if (error.code === 'NotMigrated') return `The database has no Telltale schema; run ${programName()} migrate first.`;
  if (error.code === 'ConnectionFailed') {
    const cause = innermost(error);
    return oneLine(`PostgreSQL cannot be reached (${cause}); check the address and that the server runs.`);
  }
  return oneLine(error.message);
}

/** Two addresses of one host fail together, and the driver then gives an error without a message of its own. */
function innermost(error: Error): string {
  const { cause } = error;
  if (cause instanceof AggregateError) return (cause.errors as Error[]).map((one) => one.message).join(', ');
  return cause instanceof Error ? cause.message : error.message;
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ').trim();
