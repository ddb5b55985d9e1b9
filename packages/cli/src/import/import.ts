/** Runs a mapping: rows to events, in order of time, into a log of their own, and counts what went where. */
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { type DataOf, type EventInput, TelltaleError } from '@telltale/catalogue';
import type { AnyEventStore, ImportRecord, ImportReport } from '@telltale/store';
import { CommandFailure, sentenceOf } from '../failure.ts';
import { version } from '../version.ts';
import type { Mapping, SourceMapping } from './mapping.ts';
import { checkOrder, type Feeding, merge, type Placed, sortByTime } from './order.ts';
import { beginReading, type Reading } from './row.ts';
import { RowFailure } from './rule.ts';

export interface RefusedRow {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

export interface RunOptions {
  readonly sort: boolean;
  /** Goes on behind rows that make no valid event, and hands them over here. Without it the first one ends the run. */
  readonly onRefused?: (refused: RefusedRow) => void;
  readonly onProgress: (bytes: number, total: number, events: number) => void;
  readonly signal: AbortSignal;
}

export interface RunReport extends ImportReport {
  readonly byType: ReadonlyMap<string, number>;
  readonly refused: number;
  /** Rows that the mapping leaves out. */
  readonly leftOut: number;
}

/** Events checked at once before they are imported, when bad ones are to be left out. */
const checkSize = 500;
/** Places remembered for the error of an event: importEvents reads a batch of 1,000 ahead. */
const rememberedPlaces = 4096;

export class ImportRun {
  readonly #mapping: Mapping;
  readonly #options: RunOptions;
  readonly #readings: Reading[] = [];
  readonly #byType = new Map<string, number>();
  readonly #places: Placed[] = [];
  #events = 0;
  #refused = 0;
  /** Events in the log of the import. */
  #total = 0;
  #leftOut = 0;
  #first: string | undefined;
  #last: string | undefined;

  constructor(mapping: Mapping, options: RunOptions) {
    this.#mapping = mapping;
    this.#options = options;
  }

  /** The events in the order in which they are imported; the same input gives the same ones. */
  async *events(store: AnyEventStore | undefined): AsyncGenerator<EventInput> {
    const feeds = this.#mapping.sources.map((source, index) => this.#read(source, index));
    const inOrder = this.#options.sort
      ? sortByTime(concatenate(feeds))
      : merge(feeds.map((feed, index) => checkOrder(feed, this.#fileOf(index))));
    const good = this.#options.onRefused === undefined || store === undefined ? inOrder : this.#sift(inOrder, store);
    for await (const placed of good) {
      if (this.#options.signal.aborted) return;
      this.#note(placed);
      yield placed.event;
    }
  }

  /** Imports everything; a run that was broken off goes on where it stopped. */
  async run(store: AnyEventStore): Promise<RunReport> {
    // Types that were registered by another process are looked up before the first row, not refused.
    await store.eventTypes();
    const recorded = await this.#readRecorded(store);
    let report: ImportReport;
    try {
      report = await store.importEvents(this.#mapping.name, this.events(store), {
        onProgress: (now) => this.#tell(now),
        record: () => (this.#options.signal.aborted || recorded.has(this.#total) ? null : this.#record()),
      });
    } catch (error) {
      throw this.#located(error);
    }
    return { ...report, byType: this.#byType, refused: this.#refused, leftOut: this.#leftOut };
  }

  /** Sizes at which this import was recorded. By name and size alone: the next run may be another user's. */
  async #readRecorded(store: AnyEventStore): Promise<Set<number>> {
    const { events } = await store.readStream({ aggregateType: 'log', aggregateId: this.#mapping.name });
    const records = events.filter((event) => event.event_type === 'log.imported');
    return new Set(records.map((event) => (event.data as DataOf<'log.imported'>).event_count));
  }

  /** What the log is to know of this import: from which files, of which time, and who ran it. */
  #record(): ImportRecord {
    const [reading] = this.#readings;
    return {
      data: {
        refused_count: this.#refused,
        ...(this.#first !== undefined && { first_timestamp: this.#first }),
        ...(this.#last !== undefined && { last_timestamp: this.#last }),
        ...(this.#readings.length === 1 && reading !== undefined && { sha256: reading.hash.digest('hex') }),
        origin: this.#mapping.sources.map(({ path }) => basename(path)).join(', '),
      },
      metadata: {
        actor: { type: 'user', id: userInfo().username },
        source: { service: 'telltale-cli', version, environment: 'import' },
      },
    };
  }

  async *#read(source: SourceMapping, index: number): Feeding {
    const { reading, rows } = beginReading(source);
    this.#readings.push(reading);
    for await (const { line, row } of rows) {
      try {
        if (row instanceof RowFailure) throw row;
        const event = source.toEvent(row);
        if (event === undefined) this.#leftOut += 1;
        else yield { event, source: index, line };
      } catch (error) {
        if (!(error instanceof RowFailure)) throw error;
        this.#refuse(index, line, error.message);
      }
    }
  }

  /** Leaves out what the log would refuse, so that position n stays event n when the import is run again. */
  async *#sift(events: Feeding, store: AnyEventStore): Feeding {
    let batch: Placed[] = [];
    const judge = async (): Promise<Placed[]> => {
      const verdicts = await store.check(batch.map(({ event }) => event));
      const good = batch.filter((_, index) => verdicts[index] === null);
      for (const [index, verdict] of verdicts.entries()) {
        const placed = batch[index];
        if (verdict !== null && placed !== undefined) this.#refuse(placed.source, placed.line, reasonOf(verdict));
      }
      batch = [];
      return good;
    };
    for await (const placed of events) {
      batch.push(placed);
      if (batch.length >= checkSize) yield* await judge();
    }
    yield* await judge();
  }

  #note(placed: Placed): void {
    const { event_type: type, timestamp } = placed.event;
    this.#places[this.#events % rememberedPlaces] = placed;
    this.#events += 1;
    this.#byType.set(type, (this.#byType.get(type) ?? 0) + 1);
    this.#first ??= timestamp;
    this.#last = timestamp;
  }

  #refuse(source: number, line: number, reason: string): void {
    const refused = { file: this.#fileOf(source), line, reason };
    if (this.#options.onRefused === undefined) {
      throw new CommandFailure(
        `${refused.file} line ${line}: ${reason}; mend the row or the mapping, or go on behind it with --partial.`,
      );
    }
    this.#refused += 1;
    this.#options.onRefused(refused);
  }

  #tell({ skipped, imported }: ImportReport): void {
    this.#total = skipped + imported;
    const sum = (pick: (reading: Reading) => number): number =>
      this.#readings.reduce((total, one) => total + pick(one), 0);
    this.#options.onProgress(
      sum(({ bytes }) => bytes),
      sum(({ size }) => size),
      this.#total,
    );
  }

  /** The error of an event named by its place in the source instead of its number in the import. */
  #located(error: unknown): unknown {
    const index = error instanceof TelltaleError ? error.place.index : undefined;
    const placed = index === undefined ? undefined : this.#places[index % rememberedPlaces];
    if (placed === undefined) return error;
    return new CommandFailure(
      `${this.#fileOf(placed.source)} line ${placed.line}: ${reasonOf(error as TelltaleError)}; mend the row or the mapping, or go on behind it with --partial.`,
      1,
      { cause: error },
    );
  }

  #fileOf(source: number): string {
    return this.#mapping.sources[source]?.path ?? '';
  }
}

async function* concatenate(feeds: readonly Feeding[]): Feeding {
  for (const feed of feeds) yield* feed;
}

const reasonOf = (error: TelltaleError): string => sentenceOf(error).replace(/^(event \d+: )+/, '');
