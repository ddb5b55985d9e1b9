/** Lines of a stream by their line feeds alone: readline also ends them at U+2028, which JSON strings may hold. */
import type { Readable } from 'node:stream';
import { CommandFailure } from '../failure.ts';

export interface Line {
  /** From 1, as editors count. */
  readonly number: number;
  readonly bytes: Buffer;
  /** Bytes of the stream up to the end of this line. */
  readonly end: number;
}

/** Bytes of the longest line: an event has 50 kB at most, escaped and spaced it may be a few times that. */
const longest = 1_048_576;

/** The lines that came with each chunk of the stream. @throws CommandFailure for a line that is too long to be an event. */
export async function* readLines(stream: Readable): AsyncGenerator<Line[]> {
  let rest: Buffer[] = [];
  let waiting = 0;
  let number = 0;
  let end = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const lines: Line[] = [];
    let start = 0;
    for (let feed = chunk.indexOf(10); feed >= 0; feed = chunk.indexOf(10, start)) {
      const bytes = Buffer.concat([...rest, chunk.subarray(start, feed)]);
      rest = [];
      waiting = 0;
      number += 1;
      end += bytes.length + 1;
      start = feed + 1;
      lines.push({ number, bytes, end });
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start));
      waiting += chunk.length - start;
    }
    if (waiting > longest) throw tooLong(number + 1);
    if (lines.length > 0) yield lines;
  }
  if (waiting > 0) yield [{ number: number + 1, bytes: Buffer.concat(rest), end: end + waiting }];
}

function tooLong(line: number): CommandFailure {
  return new CommandFailure(
    `Line ${line} is longer than ${longest} bytes; give one JSON object a line (NDJSON), not one document.`,
  );
}
