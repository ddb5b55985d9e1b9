/** Follows the log: the last events first, then each new one once, through outages of the database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Event, TelltaleError } from '@telltale/catalogue';
import type { AnyEventStore, EventFilter, Gap } from '@telltale/store';

export interface FollowOptions {
  /** So many events before the present, everything since a time, or what comes behind a cursor. */
  readonly begin: { readonly last: number } | { readonly since: Date } | { readonly cursor: string };
  /** Asked before every look, because a new event type may fit a pattern. */
  readonly filter: () => EventFilter | Promise<EventFilter>;
  readonly signal: AbortSignal;
  /** Milliseconds between looks when there is nothing new. */
  readonly poll: number;
  /** End where the log ends, instead of waiting for more. */
  readonly stopAtHead?: boolean;
  /** Told once when the database is away, and with undefined when it is back. */
  readonly onTrouble?: (error: TelltaleError | undefined) => void;
  readonly onGap?: (gap: Gap) => void;
}

/** Milliseconds to wait for a database that went away: a restart takes seconds, recovery after a crash a minute. */
const patience = 60_000;
/** A page is in memory as a whole: 1,000 events of the largest size are 50 MB. */
const pageSize = 1000;

/** Yields pages, never empty, until the signal aborts. */
export async function* follow(store: AnyEventStore, options: FollowOptions): AsyncGenerator<Event[]> {
  const { signal } = options;
  const begin = await beginning(store, options);
  if (begin.events.length > 0) yield begin.events;
  if (options.stopAtHead && 'last' in options.begin) return;
  let { cursor } = begin;
  while (!signal.aborted) {
    const page = await outlast(options, async () => store.readAll(cursor, await options.filter(), { limit: pageSize }));
    if (page === undefined) return;
    ({ cursor } = page);
    for (const gap of page.gaps) options.onGap?.(gap);
    if (page.events.length > 0) yield page.events;
    if (!page.atHead) continue;
    if (options.stopAtHead) return;
    await pause(options.poll, signal);
  }
}

async function beginning(
  store: AnyEventStore,
  { begin, filter }: FollowOptions,
): Promise<{ events: Event[]; cursor: string }> {
  if ('cursor' in begin) return { events: [], cursor: begin.cursor };
  if ('last' in begin) return store.readLast(begin.last, await filter());
  return { events: [], cursor: await store.cursorAt(begin.since) };
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
