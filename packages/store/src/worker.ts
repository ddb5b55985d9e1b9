/** The work behind the log that any process does: moving the inbox, indexing, making partitions ahead, thinning the ledger. */
import type { Registry } from './catalogue/registry.ts';
import { countDevices } from './count/count.ts';
import type { Database } from './database/database.ts';
import type { InboxMover } from './inbox/mover.ts';
import type { Indexer, IndexReport } from './segment/indexer.ts';
import { segmentSize } from './segment/posting.ts';
import { readStatement } from './sql-file.ts';
import { type BuildOptions, buildEndedDays, buildSnapshots } from './state/build.ts';

const makePartitionsAhead = readStatement('make_partitions_ahead');
const thinLedger = readStatement('thin_ledger');
const thinTickets = readStatement('thin_tickets');

/** Pause between looks into the inbox, in milliseconds: short while it is used, longer while it is not. */
const busyPause = 20;
const idlePause = 250;
/**
 * Pause between looks at the log, in milliseconds: at 10,000 events a second a segment is full every 100. A process whose
 * segment another one stored first leaves the work to that one for a while.
 */
const indexPause = 50;
const indexIdlePause = 500;
const contendedPause = 3000;
/** Partitions and ledger are looked after this often, in milliseconds. */
const housekeeping = 600_000;
/** Times as long as it took to fold a device that is waited before the next: a fifth of a core at most. */
const foldingPause = 4;
/** Rows that one call of thin_ledger removes at most of each kind; its default. */
const thinnedAtOnce = 10_000;

export class Worker {
  readonly #database: Database;
  readonly #registry: Registry;
  readonly #mover: InboxMover;
  readonly #indexer: Indexer;
  readonly #onError: (error: unknown) => void;
  #timers: NodeJS.Timeout[] = [];
  #moving: Promise<void> | undefined;
  #housekeeping: Promise<void> | undefined;
  #stopped = true;

  constructor(
    database: Database,
    registry: Registry,
    mover: InboxMover,
    indexer: Indexer,
    onError: (error: unknown) => void,
  ) {
    this.#database = database;
    this.#registry = registry;
    this.#mover = mover;
    this.#indexer = indexer;
    this.#onError = onError;
  }

  /** Starts once; the timers do not keep the process alive. */
  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#scheduleMove(0);
    this.#scheduleIndex(0);
    const timer = setInterval(() => {
      // One that is not done with the devices goes on with them.
      this.#housekeeping ??= this.keepHouse({ pause: foldingPause, stopped: () => this.#stopped }).finally(() => {
        this.#housekeeping = undefined;
      });
    }, housekeeping);
    timer.unref();
    this.#timers = [timer];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#moveTimer);
    clearTimeout(this.#indexTimer);
    await Promise.all([this.#moving, this.#indexing, this.#housekeeping]);
  }

  /** Makes partitions ahead, thins the ledger, and stores states of devices, once. */
  async keepHouse(building: BuildOptions = {}): Promise<void> {
    try {
      await this.#database.query(makePartitionsAhead);
      // Until little is left: a busy ledger gains more between two looks than one statement should remove.
      for (let removed = thinnedAtOnce; removed >= thinnedAtOnce; ) {
        const [row] = await this.#database.query<{ removed: number }>(thinLedger);
        removed = row?.removed ?? 0;
      }
      await this.#database.query(thinTickets);
      await buildSnapshots(this.#database, this.#registry);
      await buildEndedDays(this.#database, this.#registry, building);
    } catch (error) {
      this.#onError(error);
    }
  }

  #moveTimer: NodeJS.Timeout | undefined;

  #scheduleMove(pause: number): void {
    if (this.#stopped) return;
    this.#moveTimer = setTimeout(() => {
      this.#moving = this.#move();
    }, pause);
    this.#moveTimer.unref();
  }

  async #move(): Promise<void> {
    let pause = idlePause;
    try {
      const { moved, quarantined } = await this.#mover.move();
      if (moved + quarantined > 0) pause = busyPause;
    } catch (error) {
      this.#onError(error);
      pause = idlePause * 4;
    }
    this.#scheduleMove(pause);
  }

  /** Stores every segment that is full, and counts the devices of every block that is. */
  async index(stopped = () => false): Promise<IndexReport> {
    const report = await this.#indexer.work(stopped);
    await countDevices(this.#database);
    return report;
  }

  #indexTimer: NodeJS.Timeout | undefined;
  #indexing: Promise<void> | undefined;

  #scheduleIndex(pause: number): void {
    if (this.#stopped) return;
    this.#indexTimer = setTimeout(() => {
      this.#indexing = this.#index();
    }, pause);
    this.#indexTimer.unref();
  }

  async #index(): Promise<void> {
    let pause = indexIdlePause;
    try {
      if ((await this.#indexer.behind()) >= segmentSize) {
        const { stored, contended } = await this.index(() => this.#stopped);
        if (stored > 0) pause = indexPause;
        if (contended) pause = contendedPause;
      }
    } catch (error) {
      this.#onError(error);
      pause = indexIdlePause * 4;
    }
    this.#scheduleIndex(pause);
  }
}
