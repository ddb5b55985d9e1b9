/** How many streams each caller has open, and that none has more than its share. */
import { TelltaleError } from '@telltale/catalogue';
import type { Identity } from '../identity/identity.ts';

export class Admission {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts a stream in; the answer counts it out, once. @throws TooManyRequests */
  enter({ tenant, subject }: Identity): () => void {
    const key = JSON.stringify([tenant, subject]);
    const open = this.#open.get(key) ?? 0;
    if (open >= this.#most) {
      throw new TelltaleError(
        'TooManyRequests',
        `expected at most ${this.#most} streams of one subject at once (found: ${open} open); close one, or follow more with one filter`,
        { expected: this.#most, found: open },
      );
    }
    this.#open.set(key, open + 1);
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      const left = (this.#open.get(key) as number) - 1;
      if (left === 0) this.#open.delete(key);
      else this.#open.set(key, left);
    };
  }
}
