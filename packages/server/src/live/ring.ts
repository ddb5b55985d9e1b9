/** The newest events, in memory, for clients that are only a little behind. */
import type { Event } from '@telltale/catalogue';
import type { Bookmark } from '@telltale/store';
import { Entry } from './entry.ts';

/** A place that the reader stood at: behind an event, or at the end of a page, with nothing to deliver. */
interface Step {
  readonly place: Bookmark;
  readonly entry: Entry | null;
}

export class Ring {
  readonly #capacity: number;
  /** Twice as many are kept before the older half goes, so that none is moved more than once. */
  #steps: Step[];
  /** Number of the first step that is kept. */
  #first = 0;

  constructor(capacity: number, start: Bookmark) {
    this.#capacity = capacity;
    this.#steps = [{ place: start, entry: null }];
  }

  /** Where the reader stands now. */
  get place(): Bookmark {
    return (this.#steps.at(-1) as Step).place;
  }

  /** Number of the step behind the newest one. */
  get end(): number {
    return this.#first + this.#steps.length;
  }

  push(event: Event, place: Bookmark): Entry {
    const entry = new Entry(event, place);
    this.#add({ place, entry });
    return entry;
  }

  /** The end of a page, which may lie behind its last event. */
  mark(place: Bookmark): void {
    if (!this.place.equals(place)) this.#add({ place, entry: null });
  }

  /** Number of the step to go on with from this place; undefined when the ring does not reach back so far. */
  find(place: Bookmark): number | undefined {
    let low = 0;
    let high = this.#steps.length - 1;
    // The last step that has passed no more than the place has.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#steps[middle] as Step).place.sum <= place.sum) low = middle;
      else high = middle - 1;
    }
    return this.#steps[low]?.place.equals(place) ? this.#first + low + 1 : undefined;
  }

  /** The entries from this step on; undefined when they are gone. */
  *from(number: number): Generator<{ readonly number: number; readonly entry: Entry | null }> {
    for (let at = number; at < this.end; at += 1) {
      yield { number: at, entry: (this.#steps[at - this.#first] as Step).entry };
    }
  }

  /** Where a client stands that has passed everything before this step. */
  placeBefore(number: number): Bookmark | undefined {
    return this.#steps[number - 1 - this.#first]?.place;
  }

  #add(step: Step): void {
    if (this.#steps.length >= 2 * this.#capacity) {
      this.#first += this.#capacity;
      this.#steps = this.#steps.slice(this.#capacity);
    }
    this.#steps.push(step);
  }
}
