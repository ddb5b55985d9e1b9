/**
 * How far a feed has come, in a file. Together with ids that follow from feed and line, a run that was killed at any
 * moment goes on without losing or doubling an event: what the file says is acknowledged is not sent again, and what
 * was on its way when the process died is sent again under the same id, which the log stores once (within its dedupe
 * window, 24 hours unless configured).
 */
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { uuidv5 } from '@telltale/store';
import { CommandFailure } from '../failure.ts';

interface State {
  /** Names the feed: ids of its events are UUIDv5 of this and the line's number. */
  readonly feed: string;
  /** Last line that is done with: published, refused or empty. */
  readonly line: number;
  /** SHA-256 of everything up to that line: another input is not taken for this one. */
  readonly sha256: string;
  readonly published: number;
  readonly refused: number;
}

export class Checkpoint {
  readonly #path: string;
  readonly #hash = createHash('sha256');
  readonly #namespace: Buffer;
  #state: State;

  /** Reads the file, or begins a feed and writes it, before anything is published under its ids. */
  constructor(path: string) {
    this.#path = path;
    const known = readState(path);
    this.#state = known ?? { feed: randomUUID(), line: 0, sha256: '', published: 0, refused: 0 };
    this.#namespace = Buffer.from(this.#state.feed.replaceAll('-', ''), 'hex');
    if (known === undefined) this.#write();
  }

  get line(): number {
    return this.#state.line;
  }

  get published(): number {
    return this.#state.published;
  }

  get refused(): number {
    return this.#state.refused;
  }

  eventId(line: number): string {
    return uuidv5(this.#namespace, String(line));
  }

  /** Takes note of a line that was read. @throws CommandFailure when the input is not that of the run before. */
  see(number: number, bytes: Buffer): void {
    this.#hash.update(bytes).update('\n');
    if (number !== this.#state.line || this.#hash.copy().digest('hex') === this.#state.sha256) return;
    throw new CommandFailure(
      `The first ${number} lines are not those that ${this.#path} was written for; give the same input, or another file after --resume.`,
    );
  }

  /** Everything up to the last line that was seen is done with. */
  acknowledge(line: number, counts: { readonly published: number; readonly refused: number }): void {
    this.#state = {
      feed: this.#state.feed,
      line,
      sha256: this.#hash.copy().digest('hex'),
      published: this.#state.published + counts.published,
      refused: this.#state.refused + counts.refused,
    };
    this.#write();
  }

  /** Renamed into place after it reached the disk: a crash leaves the old state or the new one. */
  #write(): void {
    const file = openSync(`${this.#path}.new`, 'w', 0o600);
    try {
      writeSync(file, `${JSON.stringify(this.#state)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${this.#path}.new`, this.#path);
  }
}

function readState(path: string): State | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const state = JSON.parse(text) as State;
    if (typeof state.feed === 'string' && Number.isSafeInteger(state.line)) return state;
  } catch {
    // Said below.
  }
  throw new CommandFailure(`${path} is no file that --resume has written; name another one.`);
}
