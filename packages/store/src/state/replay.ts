/** Replays what happened on a device: hands the events of a window to handlers, in order, as they happened. */

import type { DeviceState, Event } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import type { Database } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import { valuesOf } from '../read/criterion.ts';
import type { EventRow, RowReader } from '../read/event-row.ts';
import { readStatement } from '../sql-file.ts';
import { orderedTimes } from './compare.ts';
import { readState } from './fold-device.ts';
import type { Heads, Subject } from './moment.ts';
import { type StateOptions, subjectOf } from './snapshot.ts';

const readDeviceWindow = readStatement('read_device_window');

/** Events of one page. */
const pageSize = 500;
/** Errors that are told one by one; a handler that always fails must not fill the memory. */
const mostErrors = 1000;

/** By event type, `noun.*`, or `*` for every event; an event goes to all that fit, the most exact first. */
export type ReplayHandlers = Readonly<Record<string, (event: Event) => unknown>>;

export interface ReplayOptions extends StateOptions {
  /** Ends the replay before the next event, with the reason of the signal. */
  readonly signal?: AbortSignal;
}

export interface Replay {
  /** Events of the window, whether a handler fits them or not. */
  readonly events_replayed: number;
  /** The state at the end of the window: of everything up to there, not of the window alone. */
  readonly final_state: DeviceState;
  /** What handlers threw, with the id and type of the event; the 1,001st entry counts the rest. */
  readonly errors: string[];
  /** Calls of handlers that went well. */
  readonly handled: number;
}

/**
 * Hands every event of the device from one time to another, both inclusive, to the handlers, in the order of
 * (timestamp, log, position). Handlers may be async and are awaited one after the other; one that throws is noted in
 * `errors`, and the replay goes on. What is recorded while it runs is not in it.
 * @throws UnknownEventType for a handler that no event fits; InvalidArgument; InvalidTimestamp.
 */
export async function replayEvents(
  database: Database,
  registry: Registry,
  rows: RowReader,
  deviceUuid: string,
  fromTime: Date | string,
  toTime: Date | string,
  handlers: ReplayHandlers,
  options: ReplayOptions = {},
): Promise<Replay> {
  const subject = subjectOf(deviceUuid, options);
  const [from, until] = orderedTimes(['fromTime', fromTime], ['toTime', toTime]);
  await checkHandlers(database, registry, handlers);
  const { heads, state } = await readState(database, registry, subject, async (moment, fold) => ({
    heads: moment.heads,
    state: (await fold(until)).state,
  }));
  const tally = new Tally(handlers);
  for await (const page of readWindow(database, rows, subject, { from, until, heads })) {
    for (const event of page) {
      options.signal?.throwIfAborted();
      await tally.hand(event);
    }
  }
  return { events_replayed: tally.replayed, final_state: state, errors: tally.errors(), handled: tally.handled };
}

/** A misspelt name would never be called and nobody would know. */
async function checkHandlers(database: Database, registry: Registry, handlers: ReplayHandlers): Promise<void> {
  const names = Object.keys(handlers).filter((name) => name !== '*');
  const isKnown = (name: string): boolean =>
    name.endsWith('.*')
      ? registry.names().some((known) => known.startsWith(name.slice(0, -1)))
      : registry.find(name) !== undefined;
  if (names.every(isKnown)) return;
  await registry.refresh(database);
  for (const name of names) if (!isKnown(name)) registry.get(name);
}

interface Window {
  readonly from: string;
  readonly until: string;
  readonly heads: Heads;
}

async function* readWindow(
  database: Database,
  rows: RowReader,
  subject: Subject,
  window: Window,
): AsyncGenerator<Event[]> {
  let key: { from: string; log: number; position: string } = { from: window.from, log: -1, position: '0' };
  for (;;) {
    const found = await database.query<EventRow>(
      readDeviceWindow,
      valuesOf(readDeviceWindow.parameters, {
        shard_key: subject.shardKey,
        tenant: subject.tenant,
        ...key,
        until: window.until,
        heads: JSON.stringify(window.heads),
        limit: pageSize,
      }),
    );
    yield await rows.toEvents(database, found);
    const last = found.at(-1);
    if (last === undefined || found.length < pageSize) return;
    key = { from: formatTime(Number(last.timestamp)), log: last.log, position: last.position };
  }
}

/** Calls the handlers and counts. */
class Tally {
  readonly #handlers: ReplayHandlers;
  readonly #errors: string[] = [];
  #untold = 0;
  replayed = 0;
  handled = 0;

  constructor(handlers: ReplayHandlers) {
    this.#handlers = handlers;
  }

  async hand(event: Event): Promise<void> {
    this.replayed += 1;
    const noun = event.event_type.slice(0, event.event_type.lastIndexOf('.'));
    for (const name of [event.event_type, `${noun}.*`, '*']) {
      if (!Object.hasOwn(this.#handlers, name)) continue;
      try {
        await this.#handlers[name]?.(event);
        this.handled += 1;
      } catch (error) {
        this.#note(event, error);
      }
    }
  }

  #note(event: Event, error: unknown): void {
    if (this.#errors.length >= mostErrors) this.#untold += 1;
    else {
      const message = error instanceof Error ? error.message : String(error);
      this.#errors.push(`${event.event_id} (${event.event_type}): ${message}`);
    }
  }

  errors(): string[] {
    return this.#untold === 0 ? this.#errors : [...this.#errors, `and ${this.#untold} more`];
  }
}
