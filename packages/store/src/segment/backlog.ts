/** Keeps questions from looking through what is far behind the logs: it is indexed first, once for all who ask. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TelltaleError } from '@telltale/catalogue';
import type { Indexer } from './indexer.ts';

/** Positions without a segment from which on they are indexed first: to look through so many takes most of a second. */
const farBehind = 200_000;
/** Milliseconds for which a look at the logs holds. */
const lookHolds = 1000;
/** Milliseconds until another try, when all was indexed that there was and as much has come since. */
const pause = 50;

export class Backlog {
  readonly #indexer: Pick<Indexer, 'behind' | 'work'>;
  readonly #most: number;
  #behind = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @param most positions behind the segments that a question may look through */
  constructor(indexer: Pick<Indexer, 'behind' | 'work'>, most = farBehind) {
    this.#indexer = indexer;
    this.#most = most;
  }

  /**
   * Resolves when a question may look through what is behind. Asked at five a second beside 600,000 events that were not
   * indexed, questions that did so at once kept the indexer from ever catching up, and publishing at a quarter of its rate.
   * @throws QueryTooExpensive when that takes more than so many milliseconds.
   */
  async shorten(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    for (let waits = false; (await this.#look()) >= this.#most; waits = true) {
      const left = end - performance.now();
      if (left <= 0) throw tooFarBehind(milliseconds, this.#behind);
      if (waits) await sleep(Math.min(pause, left), undefined, { ref: false });
      const isLate = (): boolean => performance.now() > end;
      await Promise.race([this.#indexer.work(isLate), sleep(left, undefined, { ref: false })]);
      this.#lookedAt = Number.NEGATIVE_INFINITY;
    }
  }

  async #look(): Promise<number> {
    const now = performance.now();
    if (now - this.#lookedAt < lookHolds) return this.#behind;
    this.#behind = await this.#indexer.behind();
    this.#lookedAt = now;
    return this.#behind;
  }
}

function tooFarBehind(milliseconds: number, behind: number): TelltaleError {
  return new TelltaleError(
    'QueryTooExpensive',
    `expected an index that catches up within ${milliseconds} ms (found: ${behind} events behind the log); try again later, or see whether a worker runs`,
  );
}
