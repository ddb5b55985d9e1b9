/** A file or stdin as a stream of bytes whose progress can be told. */
import { createReadStream, fstatSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { CommandFailure, sentenceOf } from '../failure.ts';

export interface Input {
  readonly name: string;
  readonly stream: Readable;
  /** Bytes of a file; undefined for a pipe. */
  readonly size: number | undefined;
}

/** @param path `-` is stdin. @throws CommandFailure when the file cannot be read. */
export function openInput(path: string): Input {
  if (path === '-') return { name: 'stdin', stream: process.stdin, size: undefined };
  try {
    const file = openSync(path, 'r');
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw new Error(`${path} is a folder; name a file`);
    return { name: path, stream: createReadStream(path, { fd: file }), size: stat.isFile() ? stat.size : undefined };
  } catch (error) {
    throw new CommandFailure(`${path} cannot be read: ${sentenceOf(error)}`, 1, { cause: error });
  }
}
