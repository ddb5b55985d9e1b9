/** Publishes the lines of an input, batch by batch in their order, and remembers how far it came. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventInput, TelltaleError } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import { CommandFailure, sentenceOf } from '../failure.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Input } from './input.ts';
import { type Line, readLines } from './line.ts';

/** 1,000: larger batches are hardly cheaper an event, and after a crash a batch is what is sent again. */
const batchEvents = 1000;
/** Bytes of a batch's lines: well below the 20 MB that a call may have. */
const batchBytes = 4_000_000;

export interface RefusedLine {
  readonly line: number;
  readonly code: string;
  readonly reason: string;
  readonly text: string;
}

export interface FeedOptions {
  readonly checkpoint?: Checkpoint;
  /** Goes on behind bad lines and hands them over here. Without it the first one ends the feed. */
  readonly onRefused?: (refused: readonly RefusedLine[]) => void;
  /** Checks the lines and publishes none. */
  readonly dryRun?: boolean;
  readonly onProgress: (bytes: number, events: number) => void;
  readonly signal: AbortSignal;
}

export interface FeedReport {
  published: number;
  /** Of them, those that the log had already. */
  duplicates: number;
  refused: number;
  /** Lines that an earlier run was done with. */
  skipped: number;
  /** Last line that is done with. */
  line: number;
  interrupted: boolean;
}

/** A line that may become an event. */
interface Candidate {
  readonly line: Line;
  readonly event: EventInput | TelltaleError;
}

/** Milliseconds without input after which a batch that is not full is published: somebody pipes events in by hand. */
const idle = 200;

export async function publishFeed(store: AnyEventStore, input: Input, options: FeedOptions): Promise<FeedReport> {
  const { signal, checkpoint } = options;
  const feed = new Feed(store, options);
  // A pipe may stay silent for ever: closing our end of it is what ends the wait.
  signal.addEventListener('abort', () => input.stream.destroy());
  try {
    await takeAll(feed, readLines(input.stream), signal);
    if (!signal.aborted) await feed.flush();
  } catch (error) {
    if (!signal.aborted || (error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
  feed.report.interrupted = signal.aborted;
  if (checkpoint !== undefined && !signal.aborted && feed.seen < checkpoint.line) {
    throw new CommandFailure(
      `The input ends at line ${feed.seen}, and an earlier run was done with ${checkpoint.line}; give the same input.`,
    );
  }
  return feed.report;
}

async function takeAll(feed: Feed, chunks: AsyncGenerator<Line[]>, signal: AbortSignal): Promise<void> {
  for (let next = chunks.next(); ; next = chunks.next()) {
    // When publishing fails, the line that is being waited for is nobody's business any more.
    next.catch(() => undefined);
    if (feed.waiting && (await Promise.race([next, sleep(idle, undefined, { ref: false })])) === undefined)
      await feed.flush();
    const { done, value } = await next;
    if (done) return;
    for (const line of value) {
      if (signal.aborted) return;
      await feed.take(line);
    }
  }
}

class Feed {
  readonly report: FeedReport = { published: 0, duplicates: 0, refused: 0, skipped: 0, line: 0, interrupted: false };
  seen = 0;
  readonly #store: AnyEventStore;
  readonly #options: FeedOptions;
  #batch: Candidate[] = [];
  #bytes = 0;

  constructor(store: AnyEventStore, options: FeedOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Whether something is gathered and not published. */
  get waiting(): boolean {
    return this.#batch.length > 0;
  }

  async take(line: Line): Promise<void> {
    const { checkpoint } = this.#options;
    this.seen = line.number;
    checkpoint?.see(line.number, line.bytes);
    if (checkpoint !== undefined && line.number <= checkpoint.line) {
      this.report.skipped += 1;
      this.report.line = line.number;
      return;
    }
    const text = line.bytes.toString('utf8').trim();
    if (text !== '') this.#batch.push({ line, event: parse(text, checkpoint?.eventId(line.number)) });
    this.#bytes += line.bytes.length;
    if (this.#batch.length >= batchEvents || this.#bytes >= batchBytes) await this.flush();
  }

  /** Publishes what is gathered, hands over what was refused, and only then moves the checkpoint. */
  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    const last = batch.at(-1);
    if (last === undefined) return;
    const refused = this.#options.onRefused === undefined ? [] : batch.flatMap(refusalOf);
    const good =
      this.#options.onRefused === undefined ? batch : batch.filter(({ event }) => !(event instanceof TelltaleError));
    const { published, alsoRefused } = await this.#send(good);
    const all = [...refused, ...alsoRefused].sort((one, other) => one.line - other.line);
    if (all.length > 0) this.#options.onRefused?.(all);
    this.report.published += published;
    this.report.refused += all.length;
    this.report.line = last.line.number;
    if (!this.#options.dryRun) this.#options.checkpoint?.acknowledge(this.seen, { published, refused: all.length });
    this.#options.onProgress(last.line.end, this.report.published);
  }

  async #send(batch: readonly Candidate[]): Promise<{ published: number; alsoRefused: RefusedLine[] }> {
    const events = batch.map(({ event, line }) => {
      if (event instanceof TelltaleError) throw this.#failure(line.number, event);
      return event;
    });
    if (events.length === 0) return { published: 0, alsoRefused: [] };
    if (this.#options.dryRun) return this.#judge(batch, await this.#store.check(events));
    if (this.#options.onRefused === undefined) return this.#sendAll(batch, events);
    const { receipts, refused } = await this.#store.publishBatch(events, { partial: true });
    this.report.duplicates += receipts.filter((receipt) => receipt?.status === 'duplicate').length;
    const alsoRefused = refused.map(({ index, error }) => refusedLine(batch[index] as Candidate, error));
    return { published: events.length - alsoRefused.length, alsoRefused };
  }

  async #sendAll(
    batch: readonly Candidate[],
    events: readonly EventInput[],
  ): Promise<{ published: number; alsoRefused: RefusedLine[] }> {
    try {
      const receipts = await this.#store.publishBatch(events);
      this.report.duplicates += receipts.filter(({ status }) => status === 'duplicate').length;
      return { published: receipts.length, alsoRefused: [] };
    } catch (error) {
      const index = error instanceof TelltaleError ? error.place.index : undefined;
      if (index === undefined) throw error;
      throw this.#failure((batch[index] as Candidate).line.number, error as TelltaleError);
    }
  }

  #judge(
    batch: readonly Candidate[],
    verdicts: readonly (TelltaleError | null)[],
  ): { published: number; alsoRefused: RefusedLine[] } {
    const alsoRefused = verdicts.flatMap((error, index) =>
      error === null ? [] : [refusedLine(batch[index] as Candidate, error)],
    );
    const [first] = alsoRefused;
    if (first !== undefined && this.#options.onRefused === undefined) {
      throw new CommandFailure(`Line ${first.line}: ${first.reason}`);
    }
    return { published: batch.length - alsoRefused.length, alsoRefused };
  }

  #failure(line: number, error: TelltaleError): CommandFailure {
    const before =
      this.report.line === 0 ? 'nothing is published' : `the lines up to ${this.report.line} are published`;
    return new CommandFailure(
      `Line ${line}: ${reasonOf(error)} (${before}; mend it, or go on behind bad lines with --partial).`,
      1,
      {
        cause: error,
      },
    );
  }
}

/** An event of a line, with the id that the feed gives it unless it brings its own. */
function parse(text: string, eventId: string | undefined): EventInput | TelltaleError {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return new TelltaleError('InvalidEvent', `expected a JSON object (found: ${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new TelltaleError('InvalidEvent', `expected a JSON object (found: ${text.slice(0, 40)})`);
  }
  const event = value as EventInput;
  return eventId === undefined || event.event_id !== undefined ? event : { ...event, event_id: eventId };
}

/** The reason without the index in the batch, which means nothing to the reader of a file. */
const reasonOf = (error: TelltaleError): string => sentenceOf(error).replace(/^event \d+: /, '');

function refusalOf(candidate: Candidate): RefusedLine[] {
  return candidate.event instanceof TelltaleError ? [refusedLine(candidate, candidate.event)] : [];
}

function refusedLine({ line }: Candidate, error: TelltaleError): RefusedLine {
  return { line: line.number, code: error.code, reason: reasonOf(error), text: line.bytes.toString('utf8').trim() };
}
