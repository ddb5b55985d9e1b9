/** The secret that a server signs with: read from where the user keeps it, or made once for an install of `start`. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { CommandFailure } from './failure.ts';

export interface SecretOptions {
  readonly secret?: string;
  readonly secretFile?: string;
}

export const secretOptions = (): Option[] => [
  new Option('--secret-file <path>', 'file that holds the secret: at least 32 characters, one line'),
  // No flag of its own: what stands on a command line, every user of the machine can read.
  new Option('--secret <text>').env('TELLTALE_SECRET').hideHelp(),
];

/** @throws CommandFailure when there is none: a server without a secret of its own would believe anybody. */
export function readSecret({ secret, secretFile }: SecretOptions): string {
  const text = secretFile === undefined ? secret : readFileSync(secretFile, 'utf8').trim();
  if (text !== undefined && Buffer.byteLength(text) >= 32) return text;
  const found = text === undefined ? 'there is none' : 'it is shorter';
  throw new CommandFailure(
    `The server needs a secret of at least 32 characters, and ${found}: make one with ` +
      '`openssl rand -base64 32 > telltale.secret` and give --secret-file telltale.secret, or set TELLTALE_SECRET.',
  );
}

/** The secret of this install, made at its first start and kept beside its data for its owner alone. */
export function installSecret(directory: string): string {
  const path = join(directory, 'secret');
  mkdirSync(directory, { recursive: true });
  try {
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8').trim();
}

/** Leaves a token beside the data, for its owner alone; answers with its path. */
export function keepToken(directory: string, token: string): string {
  const path = join(directory, 'token');
  writeFileSync(`${path}.new`, `${token}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return path;
}
