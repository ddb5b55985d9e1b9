/** What can keep the embedded server from running. Its own class: this package imports nothing of Telltale. */

export type EmbeddedFailureCode =
  /** Another living process runs the server of this folder. */
  | 'AlreadyRunning'
  /** The user that the server must run as cannot reach or own a folder. */
  | 'FolderUnreachable'
  /** The folder holds data of another major version, or something that is not ours. */
  | 'FolderMismatch'
  /** The port that was asked for is taken. */
  | 'PortTaken'
  /** No binaries for this platform, or no user to run them as. */
  | 'NotSupported'
  /** The server or initdb ended; the message quotes its last words. */
  | 'StartFailed';

/** The code of a system error such as ENOENT. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export class EmbeddedFailure extends Error {
  readonly code: EmbeddedFailureCode;

  constructor(code: EmbeddedFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmbeddedFailure';
    this.code = code;
  }
}
