/** Events in order of time: the order of a file checked, files merged, and what is out of order sorted on disk. */
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandFailure } from '../failure.ts';
import { readLines } from '../feed/line.ts';
import type { MappedEvent } from './mapping.ts';

/** An event and where it came from; equal times keep the order of the sources and of their lines. */
export interface Placed {
  readonly event: MappedEvent;
  readonly source: number;
  readonly line: number;
}

export type Feeding = AsyncIterable<Placed>;

/** Six-digit UTC text of one length sorts as it stands. */
function isBefore(one: Placed, other: Placed): boolean {
  if (one.event.timestamp !== other.event.timestamp) return one.event.timestamp < other.event.timestamp;
  return one.source === other.source ? one.line < other.line : one.source < other.source;
}

/** Passes events on as long as their times do not fall. @throws CommandFailure at the first that does. */
export async function* checkOrder(events: Feeding, file: string): Feeding {
  let last: Placed | undefined;
  for await (const placed of events) {
    if (last !== undefined && placed.event.timestamp < last.event.timestamp) {
      throw new CommandFailure(
        `${file} line ${placed.line}: ${placed.event.timestamp} is before line ${last.line} (${last.event.timestamp}); sort the file by time, or let --sort do it.`,
      );
    }
    last = placed;
    yield placed;
  }
}

/** Merges feeds that are in order each. */
export async function* merge(feeds: readonly Feeding[]): Feeding {
  const heads = await Promise.all(
    feeds.map(async (feed) => {
      const events = feed[Symbol.asyncIterator]();
      return { events, next: await events.next() };
    }),
  );
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.next.done) continue;
      if (first === undefined || isBefore(head.next.value, first.next.value as Placed)) first = head;
    }
    if (first === undefined) return;
    yield first.next.value as Placed;
    first.next = await first.events.next();
  }
}

/** Events sorted in memory at once: about 100 MB. Larger inputs are sorted in runs on disk, then merged. */
const runLength = 50_000;

/** Sorts whatever comes in the room of one run; the temporary files go when the last event was taken. */
export async function* sortByTime(events: Feeding): Feeding {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-import-'));
  try {
    const runs: string[] = [];
    let run: Placed[] = [];
    for await (const placed of events) {
      run.push(placed);
      if (run.length < runLength) continue;
      runs.push(await writeRun(run, join(folder, String(runs.length))));
      run = [];
    }
    run.sort((one, other) => (isBefore(one, other) ? -1 : 1));
    yield* merge([...runs.map(readRun), Readable.from(run)]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeRun(run: Placed[], path: string): Promise<string> {
  run.sort((one, other) => (isBefore(one, other) ? -1 : 1));
  const lines = function* (): Generator<string> {
    for (const placed of run) yield `${JSON.stringify(placed)}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(path, { mode: 0o600 }));
  return path;
}

async function* readRun(path: string): Feeding {
  for await (const lines of readLines(createReadStream(path))) {
    for (const { bytes } of lines) yield JSON.parse(bytes.toString('utf8')) as Placed;
  }
}
