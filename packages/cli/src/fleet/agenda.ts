/** What is going to happen, in order of time: a binary heap, because a fleet of 10,000 has 50,000 appointments. */

interface Appointment {
  readonly at: number;
  /** Order of making: what falls on one moment happens in the order in which it was agreed. */
  readonly order: number;
  readonly act: () => void;
}

function before(one: Appointment, other: Appointment): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

export class Agenda {
  readonly #heap: Appointment[] = [];
  #made = 0;

  /** Time of the next appointment; infinite when there is none. */
  get next(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  add(at: number, act: () => void): void {
    const heap = this.#heap;
    const item = { at, order: this.#made++, act };
    let index = heap.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Appointment;
      if (!before(item, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = item;
  }

  /** Takes the next appointment out. */
  take(): Appointment | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    this.#sink(last);
    return first;
  }

  #sink(item: Appointment): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, heap[child] as Appointment)) child += 1;
      const below = heap[child] as Appointment;
      if (!before(below, item)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = item;
  }
}
