/** The work behind the log that any process does: moving the inbox, making partitions ahead, thinning the ledger. */
import type { Database } from './database/database.ts';
import type { InboxMover } from './inbox/mover.ts';
import { readStatement } from './sql-file.ts';

const makePartitionsAhead = readStatement('make_partitions_ahead');
const thinLedger = readStatement('thin_ledger');

/** Pause between looks into the inbox, in milliseconds: short while it is used, longer while it is not. */
const busyPause = 20;
const idlePause = 250;
/** Partitions and ledger are looked after this often, in milliseconds. */
const housekeeping = 600_000;
/** Rows that one call of thin_ledger removes at most of each kind; its default. */
const thinnedAtOnce = 10_000;

export class Worker {
  readonly #database: Database;
  readonly #mover: InboxMover;
  readonly #onError: (error: unknown) => void;
  #timers: NodeJS.Timeout[] = [];
  #moving: Promise<void> | undefined;
  #stopped = true;

  constructor(database: Database, mover: InboxMover, onError: (error: unknown) => void) {
    this.#database = database;
    this.#mover = mover;
    this.#onError = onError;
  }

  /** Starts once; the timers do not keep the process alive. */
  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#scheduleMove(0);
    const timer = setInterval(() => void this.keepHouse(), housekeeping);
    timer.unref();
    this.#timers = [timer];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#moveTimer);
    await this.#moving;
  }

  /** Makes partitions ahead and thins the ledger, once. */
  async keepHouse(): Promise<void> {
    try {
      await this.#database.query(makePartitionsAhead);
      // Until little is left: a busy ledger gains more between two looks than one statement should remove.
      for (let removed = thinnedAtOnce; removed >= thinnedAtOnce; ) {
        const [row] = await this.#database.query<{ removed: number }>(thinLedger);
        removed = row?.removed ?? 0;
      }
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
}
