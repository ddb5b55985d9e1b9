/** Seeded chance: the same seed draws the same numbers on every machine. */

export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1), by mulberry32: four lines, and good enough for a story. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Two digits: what an agent reports, and no float that canonical JSON prints with seventeen. */
  decimal(low: number, high: number): number {
    return Math.round((low + this.next() * (high - low)) * 100) / 100;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A pause around `mean`, half of it to one and a half: loops of many devices drift apart. */
  around(mean: number): number {
    return mean * (0.5 + this.next());
  }

  /** A pause until something that happens by itself every `mean`: exponential, so that bursts and lulls occur. */
  wait(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new RangeError('expected a list to draw from, found an empty one');
    return item;
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.#word();
    return text.slice(0, digits);
  }

  /** A UUID of version 4. */
  uuid(): string {
    return this.#uuid(this.#word(), this.#word().slice(0, 4), '4');
  }

  /** A UUID of version 7: it begins with the time, as the library's own ids do. */
  timedUuid(millis: number): string {
    const time = millis.toString(16).padStart(12, '0');
    return this.#uuid(time.slice(0, 8), time.slice(8), '7');
  }

  #uuid(first: string, second: string, version: string): string {
    const one = this.#word();
    const other = this.#word();
    const third = this.#word();
    return `${first}-${second}-${version}${one.slice(0, 3)}-${this.pick(variants)}${one.slice(3, 6)}-${other}${third.slice(0, 4)}`;
  }

  /** Eight digits: 32 bits, all that one draw has. */
  #word(): string {
    return Math.floor(this.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
}

const variants = ['8', '9', 'a', 'b'] as const;
