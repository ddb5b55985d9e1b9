/** Brings a client that is behind to the head: from the ring if that reaches back to it, else page by page from the log. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TelltaleError } from '@telltale/catalogue';
import { Bookmark, type EventFilter } from '@telltale/store';
import type { Client } from './client.ts';
import { Entry } from './entry.ts';
import type { Hub } from './hub.ts';
import type { Ring } from './ring.ts';
import { Slots } from './slot.ts';

/** Events read at once for one client. */
const pageSize = 500;
/** Steps of the ring that are looked at before others get their turn. */
const ringSteps = 1000;
/** Bytes given to a client before it is waited for. */
const enough = 128 * 1024;
/** Of the newest events of the log, those among which the last ones that pass a filter are looked for. */
const lastLooked = 10_000;
/** Longest pause after failures that follow each other, in milliseconds. */
const longestPause = 1000;

/** Events that one client is read at once: fewer where they are large. */
interface Pace {
  events: number;
}

export class CatchUp {
  readonly #hub: Hub;
  readonly #slots: Slots;
  readonly #onError: (error: unknown) => void;

  constructor(hub: Hub, slots: number, onError: (error: unknown) => void) {
    this.#hub = hub;
    this.#slots = new Slots(slots);
    this.#onError = onError;
  }

  /** Ends when the client is attached or closed; outlasts every failure of the database. */
  async run(client: Client): Promise<void> {
    let failures = 0;
    const pace = { events: pageSize };
    while (client.state === 'behind') {
      try {
        await client.transport.drained();
        await this.#slots.run(() => this.#step(client, pace));
        failures = 0;
      } catch (error) {
        failures += 1;
        if (client.state === 'behind') await this.#recover(client, error, failures);
      }
    }
  }

  async #step(client: Client, pace: Pace): Promise<void> {
    const { ring } = this.#hub;
    if (client.state !== 'behind') return;
    if (ring === undefined) return this.#hub.moved(1000);
    if (client.place === null) return this.#begin(client, ring);
    const next = ring.find(client.place);
    if (next !== undefined) return this.#replay(client, ring, next);
    if (ring.place.covers(client.place)) return this.#readPage(client, client.place, ring.place, pace);
    return this.#waitFor(client, client.place);
  }

  /** Without a cursor: now, after the last events that were asked for. */
  async #begin(client: Client, ring: Ring): Promise<void> {
    const { last } = client.start;
    if (last === 0) {
      client.tellStart(ring.place);
      return;
    }
    const { interest } = client;
    const looked = interest.isFiltered ? lastLooked : last;
    const { events, cursor } = await this.#hub.storeOf(client).readLast(looked, filterOf(client));
    const chosen = events.filter(interest.test).slice(-last);
    const head = Bookmark.read(cursor);
    const places = [...head.before(chosen).slice(1), head];
    if (client.state !== 'behind') return;
    for (const [index, event] of chosen.entries()) client.take(new Entry(event, places[index] as Bookmark));
    client.flush();
    client.tellStart(head);
  }

  /** From memory, as much as the client takes at once. */
  async #replay(client: Client, ring: Ring, next: number): Promise<void> {
    let bytes = 0;
    let number = next;
    for (const step of ring.from(next)) {
      if (bytes >= enough || number - next >= ringSteps) break;
      const { entry } = step;
      if (entry !== null && client.interest.test(entry.event)) {
        bytes += client.take(entry);
      }
      number += 1;
    }
    client.place = ring.placeBefore(number) as Bookmark;
    client.flush();
    if (number === ring.end && bytes < enough) this.#hub.attach(client);
    // Others get their turn, requests too.
    else await new Promise(setImmediate);
  }

  /** From the log, up to where the reader is: everything after that is in the ring. */
  async #readPage(client: Client, place: Bookmark, end: Bookmark, pace: Pace): Promise<void> {
    const options = { limit: pace.events, upTo: end.token };
    const page = await this.#hub.storeOf(client).readAll(place.token, filterOf(client), options);
    if (client.state !== 'behind') return;
    const reached = Bookmark.read(page.cursor);
    let at = place.enter(reached);
    for (const { tier, position, log } of page.gaps) {
      if (client.tellOnce(`${log} ${tier} ${position}`)) client.gap({ reason: 'expired', tier }, at);
    }
    let [bytes, passed] = [0, 0];
    for (const event of page.events) {
      if (bytes >= enough) break;
      at = at.pass(event);
      passed += 1;
      if (client.interest.test(event)) bytes += client.take(new Entry(event, at));
    }
    const isWhole = passed === page.events.length;
    client.place = isWhole ? reached : at;
    client.flush();
    // What was read and is too much for now is read again: the next page is no larger than what was taken of this one.
    pace.events = isWhole ? Math.min(2 * pace.events, pageSize) : passed;
  }

  /** The cursor is of another process, whose reader is further than ours, or of a log that was restored since. */
  async #waitFor(client: Client, place: Bookmark): Promise<void> {
    const page = await this.#hub
      .storeOf(client)
      .readAll(place.token, filterOf(client), { limit: 1, upTo: place.token });
    // The same place in the incarnations of now.
    const known = place.enter(Bookmark.read(page.cursor));
    if (this.#hub.ring?.place.covers(known) === true) client.place = known;
    else await this.#hub.moved(100);
  }

  async #recover(client: Client, error: unknown, failures: number): Promise<void> {
    try {
      if (!(error instanceof TelltaleError && error.code === 'CursorAhead')) throw error;
      const place = await this.#hub.mend(client.place as Bookmark);
      if (client.state !== 'behind') return;
      client.gap({ reason: 'cursor_ahead' }, place);
      client.flush();
      client.place = place;
    } catch (other) {
      this.#onError(other);
      await sleep(Math.min(20 * 2 ** failures, longestPause), undefined, { ref: false });
    }
  }
}

/** What of the wish SQL is asked for; the tenant is bound by the store. */
function filterOf(client: Client): EventFilter {
  const { device } = client.interest.wish;
  return device === null ? {} : { deviceUuid: device };
}
