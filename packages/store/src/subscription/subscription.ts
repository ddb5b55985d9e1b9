/**
 * A durable reader: at least once, in order, from a checkpoint that only its present owner can move.
 *
 *   reading --events--> handling --done--> storing --stored--> reading
 *      |                   |                  |
 *   (at head: waits)   (handler threw:    (another process stored first:
 *                       waits, reads       stops with SubscriptionFenced)
 *                       the same again)
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Event, TelltaleError } from '@telltale/catalogue';
import type { Database } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import { decodeCursor, encodeCursor } from '../read/cursor.ts';
import { headCursor, readLogPosition } from '../read/position.ts';
import type { EventFilter, Gap, LogReader } from '../read/read-all.ts';
import { readStatement } from '../sql-file.ts';

const readCheckpoint = readStatement('read_checkpoint');
const storeCheckpoint = readStatement('store_checkpoint');
const createSubscription = readStatement('create_subscription');
const listSubscriptions = readStatement('list_subscriptions');

export interface SubscribeOptions {
  readonly filter?: EventFilter;
  /** Where a new subscription begins: `start` of what is kept (default), or `head`: what comes from now on. */
  readonly from?: 'start' | 'head';
  /** Events handed over between two checkpoints. Default 500. */
  readonly batch?: number;
  /** Milliseconds between looks when there is nothing new. Default 100. */
  readonly poll?: number;
  /** Told of events that retention dropped before this subscription came to them. */
  readonly onGap?: (gap: Gap) => void;
  /** Told of a handler's error, and of a database that is away; the subscription goes on by itself. */
  readonly onError?: (error: unknown) => void;
}

export type EventHandler = (event: Event) => void | Promise<void>;

/** How a subscription stands. */
export interface SubscriptionLag {
  readonly name: string;
  /** Events between its checkpoint and the heads, filtered ones included. */
  readonly events: number;
  readonly checkpointAt: string;
}

/** Longest pause after errors that follow each other, in milliseconds. */
const maxPause = 5000;

export class Subscription {
  readonly name: string;
  /** Settles when the subscription has ended: by `stop`, or with SubscriptionFenced. */
  readonly ended: Promise<void>;
  readonly #database: Database;
  readonly #reader: LogReader;
  readonly #handler: EventHandler;
  readonly #options: SubscribeOptions;
  readonly #owner = randomUUID();
  readonly #abort = new AbortController();
  #generation = 0;
  #token: string | null = null;

  constructor(database: Database, reader: LogReader, name: string, handler: EventHandler, options: SubscribeOptions) {
    this.#database = database;
    this.#reader = reader;
    this.name = name;
    this.#handler = handler;
    this.#options = options;
    this.ended = this.#run();
    // The owner may look at `ended` late or never; that alone must not end the process.
    this.ended.catch(() => undefined);
  }

  /** Stops after the event that is being handled; what was handled and not stored comes again at the next start. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.ended.catch(() => undefined);
  }

  async #run(): Promise<void> {
    let pause = 0;
    while (!this.#abort.signal.aborted) {
      try {
        if (this.#token === null) await this.#resume();
        await this.#step();
        pause = 0;
      } catch (error) {
        if (error instanceof TelltaleError && (error.code === 'SubscriptionFenced' || error.code === 'CursorAhead'))
          throw error;
        this.#options.onError?.(error);
        pause = Math.min(Math.max(pause * 2, 50), maxPause);
        await this.#wait(pause);
      }
    }
  }

  async #resume(): Promise<void> {
    const from = this.#options.from === 'head' ? headCursor(await readLogPosition(this.#database)) : [];
    await this.#database.query(createSubscription, [this.name, encodeCursor(from), this.#owner]);
    const [checkpoint] = await this.#database.query<{ generation: string; token: string }>(readCheckpoint, [this.name]);
    if (checkpoint === undefined)
      throw new TelltaleError('SubscriptionFenced', `expected the subscription ${this.name} (found: it was removed)`);
    this.#generation = Number(checkpoint.generation);
    this.#token = checkpoint.token;
  }

  async #step(): Promise<void> {
    const page = await this.#reader.read(this.#token, this.#options.filter, { limit: this.#options.batch ?? 500 });
    for (const gap of page.gaps) this.#options.onGap?.(gap);
    let handled = 0;
    for (const event of page.events) {
      if (this.#abort.signal.aborted) break;
      await this.#handler(event);
      handled += 1;
    }
    // A page that was cut short is handed over again, from the same checkpoint.
    if (handled < page.events.length) return;
    if (page.cursor !== this.#token) await this.#store(page.cursor);
    if (page.atHead) await this.#wait(this.#options.poll ?? 100);
  }

  async #store(token: string): Promise<void> {
    const next = this.#generation + 1;
    const [row] = await this.#database
      .query<{ stored: boolean }>(storeCheckpoint, [this.name, next, token, this.#owner])
      .catch((error: unknown) => {
        // Whether it was stored is unknown: the checkpoint is read again, and what it does not cover comes again.
        this.#token = null;
        throw error;
      });
    if (row?.stored !== true) {
      throw new TelltaleError(
        'SubscriptionFenced',
        `expected to be the only process on subscription ${this.name} (found: another stored checkpoint ${next}); this one stops`,
      );
    }
    this.#generation = next;
    this.#token = token;
  }

  async #wait(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#abort.signal }).catch(() => undefined);
  }
}

/** How far every subscription is behind. */
export async function readSubscriptionLag(database: Database): Promise<SubscriptionLag[]> {
  const rows = await database.query<{ name: string; token: string; stored_at: string }>(listSubscriptions);
  const position = await readLogPosition(database);
  return rows.map((row) => {
    const at = new Map(decodeCursor(row.token).map((entry) => [entry.log, entry.position]));
    const events = position.logs.reduce((sum, log) => sum + Math.max(0, log.position - (at.get(log.log) ?? 0)), 0);
    return { name: row.name, events, checkpointAt: formatTime(Number(row.stored_at)) };
  });
}
