/** Follows the log: the last events first, then each new one once, through outages of the database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Event, TelltaleError } from '@telltale/catalogue';
import type { AnyEventStore, EventFilter } from '@telltale/store';

export interface FollowOptions {
  /** Events before the present to begin with. */
  readonly last: number;
  /** Asked before every look, because a new event type may fit a pattern. */
  readonly filter: () => EventFilter | Promise<EventFilter>;
  readonly signal: AbortSignal;
  /** Milliseconds between looks when there is nothing new. */
  readonly poll: number;
  /** Told once when the database is away, and once when it is back. */
  readonly onTrouble?: (error: TelltaleError | undefined) => void;
}

/** Milliseconds to wait for a database that went away: a restart takes seconds, recovery after a crash a minute. */
const patience = 60_000;

/** Yields pages, never empty, until the signal aborts. */
export async function* follow(store: AnyEventStore, options: FollowOptions): AsyncGenerator<Event[]> {
  const { signal } = options;
  const begin = await store.readLast(options.last, await options.filter());
  if (begin.events.length > 0) yield begin.events;
  let { cursor } = begin;
  while (!signal.aborted) {
    const page = await outlast(options, async () => store.readAll(cursor, await options.filter(), { limit: 2000 }));
    if (page === undefined) return;
    ({ cursor } = page);
    if (page.events.length > 0) yield page.events;
    if (page.atHead) await pause(options.poll, signal);
  }
}

/** Tries again while the database is away; undefined when the signal came first. */
async function outlast<Result>(options: FollowOptions, work: () => Promise<Result>): Promise<Result | undefined> {
  const end = performance.now() + patience;
  for (let troubled = false; !options.signal.aborted; troubled = true) {
    try {
      const result = await work();
      if (troubled) options.onTrouble?.(undefined);
      return result;
    } catch (error) {
      if (!(error instanceof TelltaleError) || !error.retryable || performance.now() > end) throw error;
      if (!troubled) options.onTrouble?.(error);
      await pause(500, options.signal);
    }
  }
  return undefined;
}

/** Sleeps, or less long when the signal comes. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
