/** Shows every stream a sign of life in turn, and finds those whose client takes nothing: one timer for all of them. */
import type { Client } from './client.ts';
import type { LiveOptions } from './option.ts';

/** Parts that an interval is cut into, so that 10,000 heartbeats are not written at a stretch. */
const parts = 60;

export interface HeartTasks {
  readonly beat: (client: Client) => void;
  readonly evict: (client: Client) => void;
  /** Its token is no longer valid. */
  readonly end: (client: Client) => void;
}

export class Heart {
  readonly #slots: Set<Client>[] = Array.from({ length: parts }, () => new Set());
  readonly #slotOf = new Map<Client, Set<Client>>();
  readonly #options: LiveOptions;
  readonly #tasks: HeartTasks;
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  #last = 0;

  constructor(options: LiveOptions, tasks: HeartTasks) {
    this.#options = options;
    this.#tasks = tasks;
  }

  /** Clients that come together get slots apart. */
  add(client: Client): void {
    this.#last = (this.#last + 1) % parts;
    const slot = this.#slots[this.#last] as Set<Client>;
    slot.add(client);
    this.#slotOf.set(client, slot);
    this.#timer ??= setInterval(() => this.#tick(), (this.#options.heartbeatSeconds * 1000) / parts).unref();
  }

  remove(client: Client): void {
    this.#slotOf.get(client)?.delete(client);
    this.#slotOf.delete(client);
    if (this.#slotOf.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const slot = this.#slots[this.#next] as Set<Client>;
    this.#next = (this.#next + 1) % parts;
    const now = performance.now();
    for (const client of slot) {
      const stalled = client.transport.stalledFor(now);
      // What waits already is sign enough; more of it would only be more to wait.
      if (client.start.expires !== null && Date.now() >= client.start.expires) this.#tasks.end(client);
      else if (stalled === 0) this.#tasks.beat(client);
      else if (stalled > this.#options.stallSeconds * 1000) this.#tasks.evict(client);
    }
  }
}
