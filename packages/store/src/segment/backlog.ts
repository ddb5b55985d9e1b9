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
  #behind: number | undefined;
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
    if (this.#isFresh() && (this.#behind ?? 0) < this.#most) return;
    const ended = new AbortController();
    const late = sleep(milliseconds, undefined, { ref: false, signal: ended.signal }).then(
      () => {
        throw (this.#behind ?? 0) < this.#most ? tooExpensive(milliseconds) : tooFarBehind(milliseconds, this.#behind);
      },
      () => undefined,
    );
    try {
      await Promise.race([this.#catchUp(() => ended.signal.aborted), late]);
    } finally {
      ended.abort();
    }
  }

  async #catchUp(stopped: () => boolean): Promise<void> {
    for (let waits = false; !stopped() && (await this.#look()) >= this.#most; waits = true) {
      if (waits) await sleep(pause, undefined, { ref: false });
      await this.#indexer.work(stopped);
      this.#lookedAt = Number.NEGATIVE_INFINITY;
    }
  }

  #isFresh(): boolean {
    return performance.now() - this.#lookedAt < lookHolds;
  }

  async #look(): Promise<number> {
    if (this.#behind !== undefined && this.#isFresh()) return this.#behind;
    const behind = await this.#indexer.behind();
    this.#behind = behind;
    this.#lookedAt = performance.now();
    return behind;
  }
}

function tooFarBehind(milliseconds: number, behind: number | undefined): TelltaleError {
  return new TelltaleError(
    'QueryTooExpensive',
    `expected an index that catches up within ${milliseconds} ms (found: ${behind} events behind the log); try again later, or see whether a worker runs`,
  );
}

/** The database does not even say how much is behind. */
function tooExpensive(milliseconds: number): TelltaleError {
  return new TelltaleError(
    'QueryTooExpensive',
    `expected an answer within ${milliseconds} ms (found: none); narrow it by time, event type or device, or allow more time`,
  );
}
