/** Writes units to the log: one statement for all of them, again and again until each is stored or refused. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TelltaleError } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import type { Database } from '../database/database.ts';
import { isCollision, isConnectionError, isPartitionMissing } from '../database/error.ts';
import type { PreparedEvent } from '../event/prepare.ts';
import { formatTime, postgresEpoch } from '../event/time.ts';
import type { StoredBatch } from '../segment/stored-batch.ts';
import { readStatement } from '../sql-file.ts';
import { ClockJudge } from './clock-judge.ts';
import { ContextCache, type PlacedContext } from './context.ts';
import { type BatchRow, logOf, type Spread, spread } from './spread.ts';
import { type AppendOutcome, callAppend, type StoredLog } from './statement.ts';
import type { AppendUnit } from './unit.ts';

const readEpoch = readStatement('read_epoch');
const makePartitions = readStatement('make_partitions_ahead');

/** Attempts at one statement whose fate is unknown or that collided; with the pauses below about three seconds. */
const maxAttempts = 8;

/** A leap that nobody refuses; PostgreSQL 15 and 16 know no infinite interval. */
const unbounded = '1000 years';

export interface WriterOptions {
  /** How far the clock may lead the log's last event: PostgreSQL interval. */
  readonly clockBound: string;
  /** How long an event_id is remembered: PostgreSQL interval. */
  readonly dedupeWindow: string;
  /** Moves inbox rows to the log; answers with those it cannot move. */
  readonly moveInbox: (ids: readonly number[]) => Promise<readonly number[]>;
  /** Told when a log runs ahead of the server's clock, in microseconds. */
  readonly onLag?: (log: number, lag: number) => void;
  /** Told of what was stored, log by log. */
  readonly onStored?: ((batch: StoredBatch) => void) | undefined;
}

interface Epoch {
  readonly epoch: number;
  readonly logs: readonly number[];
}

export class Writer {
  readonly #database: Database;
  readonly #registry: Registry;
  readonly #options: WriterOptions;
  readonly #contexts = new ContextCache();
  readonly #clock = new ClockJudge();
  #epoch: Epoch | undefined;
  #clockBound: string;

  constructor(database: Database, registry: Registry, options: WriterOptions) {
    this.#database = database;
    this.#registry = registry;
    this.#options = options;
    this.#clockBound = options.clockBound;
  }

  /** Stores the units, all of one kind (live, or one import log); settles the promise of each. */
  async write(units: readonly AppendUnit[]): Promise<void> {
    let open = units.filter((unit) => unit.rows.length > 0);
    for (const unit of units) if (unit.rows.length === 0) unit.finish();
    const skipInbox: number[] = [];
    for (let attempt = 0; open.length > 0; ) {
      try {
        open = await this.#attempt(open, skipInbox);
        attempt = 0;
      } catch (error) {
        attempt += 1;
        open = await this.#recover(open, error, attempt);
      }
    }
  }

  /** One statement. Returns the units that are to be tried again. */
  async #attempt(units: AppendUnit[], skipInbox: number[]): Promise<AppendUnit[]> {
    const rows = units.flatMap((unit) => unit.rows);
    const [first] = units as [AppendUnit];
    const epoch = first.log === undefined ? await this.#readEpoch() : undefined;
    const placed = spread(
      rows,
      (row) => first.log ?? logOf((epoch as Epoch).logs, row.event.fields.place.shardKey),
      (aggregateType) => this.#registry.isVersioned(aggregateType),
    );
    const contexts = await this.#contexts.place(
      this.#database,
      rows.map((row) => row.event),
    );
    const outcome = await callAppend(this.#database, {
      epoch: epoch?.epoch ?? null,
      rows,
      spread: placed,
      contexts,
      skipInbox,
      clockBound: this.#clockBound,
      dedupeWindow: this.#options.dedupeWindow,
    });
    if (outcome.stored !== undefined) {
      this.#keepReceipts(units, placed, contexts, outcome);
      return [];
    }
    if (outcome.inbox !== undefined) {
      skipInbox.push(...(await this.#options.moveInbox(outcome.inbox)));
      return units;
    }
    return this.#refused(units, rows, placed, outcome);
  }

  #refused(units: AppendUnit[], rows: BatchRow[], placed: Spread, outcome: AppendOutcome): AppendUnit[] {
    if (outcome.epoch !== undefined) this.#epoch = undefined;
    if (outcome.clock !== undefined) {
      this.#clock.judge(outcome.clock);
      this.#clockBound = unbounded;
    }
    if (outcome.duplicates !== undefined) return this.#settleDuplicates(units, placed, outcome.duplicates);
    if (outcome.conflict !== undefined) {
      const { stream, expected, found } = outcome.conflict;
      const row = rows[placed.streams[stream]?.firstRow ?? 0] as BatchRow;
      const loser = units.find((unit) => unit.rows.some((other) => other === row)) as AppendUnit;
      loser.refuse(
        new TelltaleError(
          'VersionConflict',
          `expected version ${expected === -1 ? 'of a stream that exists' : expected} (${row.event.fields.place.aggregateType} ${row.event.fields.place.aggregateId} is at ${found}); read it again and decide anew`,
          { expected, found },
        ),
      );
      return units.filter((unit) => unit !== loser);
    }
    return units;
  }

  #settleDuplicates(
    units: AppendUnit[],
    placed: Spread,
    duplicates: NonNullable<AppendOutcome['duplicates']>,
  ): AppendUnit[] {
    const places = units.flatMap((unit) => unit.rows.map((row) => ({ unit, row })));
    const refused = new Set<AppendUnit>();
    for (const duplicate of duplicates) {
      const { unit, row } = places[placed.order[duplicate.index] as number] as (typeof places)[number];
      if (!refused.has(unit) && !unit.settleDuplicate(row, duplicate)) refused.add(unit);
    }
    const open = units.filter((unit) => !refused.has(unit));
    for (const unit of open) if (unit.rows.length === 0) unit.finish();
    return open.filter((unit) => unit.rows.length > 0);
  }

  #keepReceipts(units: AppendUnit[], placed: Spread, contexts: readonly PlacedContext[], outcome: AppendOutcome): void {
    const logs = outcome.stored as readonly StoredLog[];
    if (this.#options.onStored !== undefined) {
      for (const batch of storedBatches(units, placed, contexts, logs)) this.#options.onStored(batch);
    }
    let index = 0;
    for (const unit of units) {
      for (const row of unit.rows) {
        const log = logs[(placed.logIndex[index] as number) - 1] as StoredLog;
        const rank = placed.rank[index] as number;
        const stream = placed.streamIndex[index] ?? null;
        unit.keep(row, {
          status: 'stored',
          event_id: row.event.fields.eventId,
          log: log.log,
          position: log.position + rank,
          tier_position: (log.tiers[row.event.fields.type.tierNumber] as number) + (placed.tierRank[index] as number),
          recorded_at: formatTime(row.recordedAt ?? log.recorded_at + postgresEpoch + rank - 1),
          stream_version:
            stream === null ? null : (outcome.versions?.[stream - 1] ?? 0) + (placed.streamRank[index] as number),
          content_hash: row.event.contentHash,
        });
        index += 1;
      }
      unit.finish();
    }
    this.#observe(logs);
  }

  #observe(logs: readonly StoredLog[]): void {
    this.#clockBound = this.#options.clockBound;
    for (const { log, recorded_at: recordedAt, lag } of logs) {
      this.#clock.observe(recordedAt - lag);
      if (lag > 1_000_000) this.#options.onLag?.(log, lag);
    }
  }

  /** What an error leaves to be tried again. */
  async #recover(units: AppendUnit[], error: unknown, attempt: number): Promise<AppendUnit[]> {
    const cause = error instanceof TelltaleError ? (error.cause ?? error) : error;
    if (attempt < maxAttempts) {
      if (isPartitionMissing(cause)) {
        await this.#makePartitions();
        return units;
      }
      if (isConnectionError(cause)) {
        for (const unit of units) unit.doubt();
        await sleep(Math.min(25 * 2 ** attempt, 1000));
        return units;
      }
      if (isCollision(cause)) {
        await sleep(Math.random() * 20);
        return units;
      }
    }
    if (units.length > 1 && !isConnectionError(cause)) {
      // One of them is at fault; alone, each answers for itself.
      for (const unit of units) await this.write([unit]);
      return [];
    }
    for (const unit of units) unit.refuse(error);
    return [];
  }

  async #makePartitions(): Promise<void> {
    await this.#database.query(makePartitions).catch(() => undefined);
  }

  async #readEpoch(): Promise<Epoch> {
    if (this.#epoch === undefined) {
      const [row] = await this.#database.query<{ epoch: number; logs: number[] }>(readEpoch);
      if (row === undefined)
        throw new TelltaleError('NotMigrated', 'expected an epoch (found: none); run telltale migrate');
      this.#epoch = row;
    }
    return this.#epoch;
  }
}

/** What each log got, in order of position. */
function storedBatches(
  units: readonly AppendUnit[],
  placed: Spread,
  contexts: readonly PlacedContext[],
  logs: readonly StoredLog[],
): StoredBatch[] {
  const batches = logs.map(({ log, position }) => ({
    log,
    firstPosition: position + 1,
    events: [] as PreparedEvent[],
    contexts: [] as PlacedContext[],
    recordedAt: [] as number[],
  }));
  let index = 0;
  for (const unit of units) {
    for (const row of unit.rows) {
      const at = (placed.logIndex[index] as number) - 1;
      const [batch, log] = [batches[at], logs[at]] as [(typeof batches)[number], StoredLog];
      batch.events.push(row.event);
      batch.contexts.push(contexts[index] as PlacedContext);
      batch.recordedAt.push(row.recordedAt ?? log.recorded_at + postgresEpoch + (placed.rank[index] as number) - 1);
      index += 1;
    }
  }
  return batches;
}
