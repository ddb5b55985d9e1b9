/** Group commit: what is published while a statement is on its way goes with the next one, so the lock is taken once a batch. */
import { TelltaleError } from '@telltale/catalogue';
import type { AppendUnit } from './unit.ts';
import type { Writer } from './writer.ts';

export interface GroupOptions {
  /** Statements under way at once. One is under the lock, one is being parsed. Default 2. */
  readonly statements: number;
  /** Events of one statement, unless a single call brings more. Default 1,000: beyond it the lock is only held longer. */
  readonly events: number;
  /** Bytes of one statement, likewise. Default 4,000,000. */
  readonly bytes: number;
  /** Bytes of events that wait for a statement; what comes beyond them is refused with ServerBusy. Default 128,000,000. */
  readonly waitingBytes: number;
}

export const defaultGroup: GroupOptions = {
  statements: 2,
  events: 1000,
  bytes: 4_000_000,
  waitingBytes: 128_000_000,
};

export class Group {
  readonly #writer: Writer;
  readonly #options: GroupOptions;
  readonly #onWritten: (() => void) | undefined;
  #waiting: AppendUnit[] = [];
  #waitingBytes = 0;
  readonly #underWay = new Set<Promise<void>>();
  #scheduled = false;
  #closed = false;

  /** @param onWritten told after every statement. */
  constructor(writer: Writer, options: GroupOptions, onWritten?: () => void) {
    this.#writer = writer;
    this.#options = options;
    this.#onWritten = onWritten;
  }

  /** Events waiting for a statement. */
  get depth(): number {
    return this.#waiting.reduce((sum, unit) => sum + unit.rows.length, 0);
  }

  add(unit: AppendUnit): void {
    if (this.#closed) {
      unit.refuse(new TelltaleError('StoreClosed', 'expected an open store (found: close() was called)'));
      return;
    }
    // A database that hangs neither answers nor fails: callers give up and come back, and their events would add up.
    if (this.#waiting.length > 0 && this.#waitingBytes + unit.bytes > this.#options.waitingBytes) {
      unit.refuse(tooMuchWaits(this.#options.waitingBytes));
      return;
    }
    this.#waiting.push(unit);
    this.#waitingBytes += unit.bytes;
    this.#schedule();
  }

  /** Waits until everything that was added is settled; nothing more is taken. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#waiting.length > 0 || this.#underWay.size > 0) {
      this.#launch();
      await Promise.race(this.#underWay);
    }
  }

  /** Calls of one turn of the event loop share a statement. */
  #schedule(): void {
    if (this.#scheduled || this.#underWay.size >= this.#options.statements) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#launch();
    });
  }

  #launch(): void {
    while (this.#waiting.length > 0 && this.#underWay.size < this.#options.statements) {
      const units = this.#take();
      this.#watch(units[0] as AppendUnit);
      const written = this.#writer.write(units).catch((error: unknown) => {
        for (const unit of units) unit.refuse(error);
      });
      const settled = written.then(() => {
        this.#underWay.delete(settled);
        this.#schedule();
        this.#onWritten?.();
      });
      this.#underWay.add(settled);
    }
  }

  /**
   * With the database away for as long as a statement is tried again, what waits behind it would fare no better: three
   * seconds for every two statements would keep a long queue, and its callers, for minutes.
   */
  #watch(unit: AppendUnit): void {
    unit.done.catch((error: unknown) => {
      if (!(error instanceof TelltaleError) || error.code !== 'ConnectionFailed') return;
      const waiting = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      for (const other of waiting) other.refuse(error);
    });
  }

  /** The next units that fit one statement and do not depend on each other's outcome; in order, so none is passed by. */
  #take(): AppendUnit[] {
    const [first, ...others] = this.#waiting as [AppendUnit, ...AppendUnit[]];
    const taken = [first];
    let events = first.rows.length;
    let bytes = first.bytes;
    let claims: Claims | undefined;
    for (const unit of others) {
      events += unit.rows.length;
      bytes += unit.bytes;
      // An import log takes units of its own, one at a time: they are large.
      if (
        events > this.#options.events ||
        bytes > this.#options.bytes ||
        first.log !== undefined ||
        unit.log !== undefined
      )
        break;
      claims ??= new Claims(first);
      if (!claims.add(unit)) break;
      taken.push(unit);
    }
    this.#waiting = this.#waiting.slice(taken.length);
    for (const unit of taken) this.#waitingBytes -= unit.bytes;
    return taken;
  }
}

function tooMuchWaits(bytes: number): TelltaleError {
  return new TelltaleError(
    'ServerBusy',
    `expected at most ${bytes} bytes of events that wait to be stored (found: more); wait for those published before, then try again`,
  );
}

/** What the units of one statement must not share: ids that may repeat, and streams of which one unit expects a version. */
class Claims {
  readonly #ids = new Set<string>();
  readonly #streams = new Set<string>();
  readonly #expected = new Set<string>();

  constructor(first: AppendUnit) {
    this.add(first);
  }

  /** Adds a unit's claims, or says that they clash with those before. */
  add(unit: AppendUnit): boolean {
    const ids = unit.knownIds();
    const streams = unit.streams();
    const clash =
      ids.some((id) => this.#ids.has(id)) ||
      streams.some(
        (stream) => this.#expected.has(stream) || (unit.expected !== undefined && this.#streams.has(stream)),
      );
    if (clash) return false;
    for (const id of ids) this.#ids.add(id);
    for (const stream of streams) {
      this.#streams.add(stream);
      if (unit.expected !== undefined) this.#expected.add(stream);
    }
    return true;
  }
}
