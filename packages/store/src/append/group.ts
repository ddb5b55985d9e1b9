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
}

export const defaultGroup: GroupOptions = { statements: 2, events: 1000, bytes: 4_000_000 };

export class Group {
  readonly #writer: Writer;
  readonly #options: GroupOptions;
  #waiting: AppendUnit[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #scheduled = false;
  #closed = false;

  constructor(writer: Writer, options: GroupOptions) {
    this.#writer = writer;
    this.#options = options;
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
    this.#waiting.push(unit);
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
      const written = this.#writer.write(units).catch((error: unknown) => {
        for (const unit of units) unit.refuse(error);
      });
      const settled = written.then(() => {
        this.#underWay.delete(settled);
        this.#schedule();
      });
      this.#underWay.add(settled);
    }
  }

  /** The next units that fit one statement and do not depend on each other's outcome; in order, so none is passed by. */
  #take(): AppendUnit[] {
    let events = 0;
    let bytes = 0;
    let count = 0;
    const keys = new Set<string>();
    const streams = new Set<string>();
    for (const unit of this.#waiting) {
      events += unit.rows.length;
      bytes += unit.bytes;
      if (count > 0 && (events > this.#options.events || bytes > this.#options.bytes || !addKeys(unit, keys, streams)))
        break;
      if (count === 0) addKeys(unit, keys, streams);
      count += 1;
      if (unit.log !== undefined) break;
    }
    // Units of an import log go alone: the statement takes one kind of log.
    const other = this.#waiting.slice(1, count).findIndex((unit) => unit.log !== undefined);
    return this.#waiting.splice(0, other < 0 ? count : other + 1);
  }
}

/** Whether a unit can join those whose keys were added, and if so adds its own. */
function addKeys(unit: AppendUnit, keys: Set<string>, streams: Set<string>): boolean {
  const own = [...unit.keys()];
  if (own.some((key) => keys.has(key) || streams.has(key))) return false;
  if (keys.size > 0 && unit.rows.length < 100 && [...unit.streams()].some((key) => keys.has(key))) return false;
  for (const key of own) keys.add(key);
  if (unit.expected !== undefined || unit.rows.some((row) => row.event.fields.place.aggregateType !== 'device')) {
    for (const key of unit.streams()) streams.add(key);
  }
  return true;
}
