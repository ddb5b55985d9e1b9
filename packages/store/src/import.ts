/** Imports old history into a log of its own, with recorded times supplied, so that it prunes and expires as it should. */
import { setImmediate } from 'node:timers/promises';
import { type DataOf, type EventInput, type EventMetadata, TelltaleError, tiers } from '@telltale/catalogue';
import type { Group } from './append/group.ts';
import { AppendUnit } from './append/unit.ts';
import type { Registry } from './catalogue/registry.ts';
import type { Database } from './database/database.ts';
import { type EventLimits, type PreparedEvent, prepareEvent } from './event/prepare.ts';
import { formatTime, now, postgresEpoch } from './event/time.ts';
import { uuidv5 } from './event/uuid.ts';
import { makePartitions } from './partition/partition.ts';
import { readLogPosition } from './read/position.ts';
import { readStatement } from './sql-file.ts';

const addImportLog = readStatement('add_import_log');

/**
 * Events that are prepared between two turns of the event loop: a batch is prepared while the one before it is stored,
 * and its statements must get their turn. On two busy cores this made 1.3 to 1.5 times as many events a second.
 */
const breath = 100;

export interface ImportOptions {
  /** Events of one statement. Default 1,000. */
  readonly batch?: number;
  readonly onProgress?: (progress: ImportReport) => void;
  /** Asked at the end: what to add to the `log.imported` event, or null for no such event yet. */
  readonly record?: () => ImportRecord | null;
}

/** What the importer adds to the event that says so. */
export interface ImportRecord {
  readonly data?: Partial<DataOf<'log.imported'>>;
  readonly metadata?: EventMetadata;
}

export interface ImportReport {
  readonly log: number;
  /** Events that an earlier, interrupted run had imported. */
  readonly skipped: number;
  readonly imported: number;
}

/**
 * Imports events in the order given, which must be that of their timestamps for history to prune well; a timestamp that
 * falls back gets the recorded time of the one before. The name stands for the import: run again, it goes on behind
 * what it had, because position n of its log is event n of the source.
 * @throws as publishBatch does, naming the index of the event in the source; what came before it stays imported.
 */
export async function importEvents(
  context: { database: Database; registry: Registry; limits: EventLimits; group: Group },
  name: string,
  events: AsyncIterable<EventInput> | Iterable<EventInput>,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const { database } = context;
  const [added] = await database.query<{ log: number }>(addImportLog, [name]);
  const log = (added as { log: number }).log;
  const head = (await readLogPosition(database)).logs.find((other) => other.log === log);
  const skipped = head?.position ?? 0;
  const importer = new Importer(context, log, head?.recorded_at ?? null);
  let seen = 0;
  let batch: PreparedEvent[] = [];
  let stored = Promise.resolve();
  const store = async (prepared: readonly PreparedEvent[], imported: number): Promise<void> => {
    await importer.append(prepared);
    options.onProgress?.({ log, skipped, imported });
  };
  try {
    for await (const event of events) {
      seen += 1;
      if (seen <= skipped) continue;
      batch.push(importer.prepare(event, seen - 1));
      if (batch.length % breath === 0) await setImmediate();
      if (batch.length < (options.batch ?? 1000)) continue;
      await stored;
      stored = store(batch, seen - skipped);
      stored.catch(() => undefined);
      batch = [];
    }
  } finally {
    await stored;
  }
  if (batch.length > 0) await importer.append(batch);
  const report = { log, skipped: Math.min(skipped, seen), imported: Math.max(0, seen - skipped) };
  options.onProgress?.(report);
  return report;
}

/** Namespace of the ids of import records: UUIDv5 of the URL namespace and `https://telltale.dev/import`. */
const recordNamespace = Buffer.from('c303b7abbd2950649312741ba3d651d6', 'hex');

/** The import itself is an event, once for each size that it grew to; its id says which, so a repeat stores nothing. */
export function importRecord(name: string, report: ImportReport, record: ImportRecord): EventInput {
  const total = report.skipped + report.imported;
  return {
    event_type: 'log.imported',
    event_id: uuidv5(recordNamespace, `${name}:${total}`),
    aggregate_id: name,
    data: {
      import_id: name,
      log: report.log,
      event_count: total,
      first_position: 1,
      last_position: total,
      ...record.data,
    },
    ...(record.metadata !== undefined && { metadata: record.metadata }),
  };
}

class Importer {
  readonly #context: { database: Database; registry: Registry; limits: EventLimits; group: Group };
  readonly #log: number;
  /** Microseconds since 1970 of the newest event in the log. */
  #last: number;
  /** Tiers whose partitions of the year under way were made. */
  readonly #covered = new Set<number>();
  /** Microseconds since 1970 when that year ends. */
  #yearEnd = Number.NEGATIVE_INFINITY;

  constructor(
    context: { database: Database; registry: Registry; limits: EventLimits; group: Group },
    log: number,
    recordedAt: number | null,
  ) {
    this.#context = context;
    this.#log = log;
    this.#last = recordedAt === null ? Number.NEGATIVE_INFINITY : recordedAt + postgresEpoch;
  }

  prepare(event: EventInput, index: number): PreparedEvent {
    try {
      return prepareEvent(event, this.#context.registry, this.#context.limits);
    } catch (error) {
      if (!(error instanceof TelltaleError)) throw error;
      throw new TelltaleError(
        error.code,
        `event ${index}: ${error.message}`,
        { ...error.place, index },
        { cause: error },
      );
    }
  }

  async append(events: readonly PreparedEvent[]): Promise<void> {
    const recordedAt: number[] = [];
    let last = this.#last;
    for (const event of events) {
      last = Math.max(Math.min(event.fields.timestamp, now()), last + 1);
      recordedAt.push(last);
    }
    await this.#cover(events, recordedAt);
    const unit = new AppendUnit(events, { log: this.#log, recordedAt });
    this.#context.group.add(unit);
    try {
      await unit.done;
    } catch (error) {
      if (!(error instanceof TelltaleError && error.code === 'LogNotWritable' && (await this.#hasArrived(last))))
        throw error;
    }
    this.#last = last;
  }

  /** After a lost answer the statement is sent again, and refused when the first one had stored the batch after all. */
  async #hasArrived(last: number): Promise<boolean> {
    const { logs } = await readLogPosition(this.#context.database);
    const recordedAt = logs.find((log) => log.log === this.#log)?.recorded_at ?? null;
    return recordedAt !== null && recordedAt + postgresEpoch === last;
  }

  /** A year a partition: history in the tiers' own widths would make hundreds, and planning them would cost every query. */
  async #cover(events: readonly PreparedEvent[], recordedAt: readonly number[]): Promise<void> {
    for (const [index, event] of events.entries()) {
      const at = recordedAt[index] as number;
      if (at >= this.#yearEnd) this.#enterYear(at);
      const tier = event.fields.type.tierNumber;
      if (this.#covered.has(tier)) continue;
      const time = formatTime(at);
      await makePartitions(this.#context.database, tiers[tier] ?? 'standard', time, time, 'year');
      this.#covered.add(tier);
    }
  }

  /** Recorded times rise, so a year that was left does not come back. */
  #enterYear(micros: number): void {
    this.#covered.clear();
    this.#yearEnd = Date.UTC(new Date(micros / 1000).getUTCFullYear() + 1, 0) * 1000;
  }
}
