/** Cuts a body into lines as it comes, reads ahead a little, and stops reading when nobody takes them. */
import type { Readable } from 'node:stream';
import { TelltaleError } from '@telltale/catalogue';

/** Lines of one call of the store: from some hundred on, larger calls are no faster. */
const mostLines = 500;
/** Bytes that are read ahead. */
const mostBytes = 4 * 1024 * 1024;
/** Bytes of one line. An event has 50,000 at most; written in escapes, six times as many. */
const longestLine = 1024 * 1024;

const newline = 10;

/** A line, or why there is none. */
export interface Line {
  /** From 1; blank lines count. */
  readonly number: number;
  readonly content: Buffer | TelltaleError;
}

export class LineQueue {
  #lines: Line[] = [];
  #bytes = 0;
  /** The beginning of a line whose end has not come. */
  #parts: Buffer[] = [];
  #partBytes = 0;
  #number = 0;
  #ended = false;
  #failure: unknown;
  #wakeTaker: () => void = () => undefined;
  #wakeReader: () => void = () => undefined;

  constructor(body: Readable) {
    void this.#read(body);
  }

  /** The lines that are there, at most 500; none when the body has ended. @throws what broke the body off */
  async take(): Promise<Line[]> {
    while (this.#lines.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wakeTaker = resolve;
      });
    }
    if (this.#lines.length === 0 && this.#failure !== undefined) throw this.#failure;
    const taken = this.#lines.splice(0, mostLines);
    for (const { content } of taken) if (Buffer.isBuffer(content)) this.#bytes -= content.length;
    this.#wakeReader();
    return taken;
  }

  /** Takes no more of the body. */
  close(): void {
    this.#ended = true;
    this.#lines = [];
    this.#wakeTaker();
    this.#wakeReader();
  }

  async #read(body: Readable): Promise<void> {
    try {
      // The connection still carries the answer when nobody takes more of the body.
      for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        this.#cut(chunk);
        this.#wakeTaker();
        while ((this.#lines.length >= mostLines || this.#bytes >= mostBytes) && !this.#ended) {
          await new Promise<void>((resolve) => {
            this.#wakeReader = resolve;
          });
        }
        if (this.#ended) {
          body.resume();
          return;
        }
      }
      // The last line needs no end.
      if (this.#partBytes > 0) this.#endLine();
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#ended = true;
      this.#wakeTaker();
    }
  }

  #cut(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#add(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#add(chunk.subarray(start));
  }

  /** Of a line that is too long, nothing more is kept. */
  #add(part: Buffer): void {
    this.#partBytes += part.length;
    if (this.#partBytes > longestLine) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  #endLine(): void {
    this.#number += 1;
    const length = this.#partBytes;
    const content = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partBytes = 0;
    if (length > longestLine) {
      const message = `line ${this.#number}: expected at most ${longestLine} bytes (found: ${length})`;
      this.#lines.push({ number: this.#number, content: new TelltaleError('RequestTooLarge', message) });
    } else if (!isBlank(content)) {
      this.#lines.push({ number: this.#number, content });
      this.#bytes += content.length;
    }
  }
}

const isBlank = (line: Buffer): boolean => line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
