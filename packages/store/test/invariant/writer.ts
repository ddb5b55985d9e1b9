/** One writer of a load: publishes in every way there is, one call after the other, and says what became of each. */
import { type EventInput, type Receipt, TelltaleError, tiers } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import type { Pool, PoolClient } from 'pg';
import { deviceOf, eventOf, jobEventOf } from './fleet.ts';

/**
 * `begun`: nobody knows yet, and if the process or the connection dies, nobody ever will. `stored`: receipts in hand.
 * `committed`: the caller's transaction, or SQL's. `refused`: rolled back or refused, must never be seen.
 */
export type Fate = 'begun' | 'stored' | 'committed' | 'refused';

/** What a writer reports, before and after every call. */
export interface Outcome {
  /** The marks of the call's events. */
  readonly calls: readonly string[];
  readonly fate: Fate;
  readonly receipts?: readonly Receipt[];
}

export interface WriterTask {
  readonly store: AnyEventStore;
  /** The caller's own connections, for their transactions. */
  readonly pool: Pool;
  /** Name of the writer, and seed of what it does. */
  readonly name: string;
  readonly devices: number;
  readonly stopped: () => boolean;
  readonly report: (outcome: Outcome) => void;
}

/** Runs until it is stopped. @throws what no call may fail with. */
export async function write(task: WriterTask): Promise<void> {
  const writer = new Writer(task);
  while (!task.stopped()) await writer.step();
}

/** Numbers below 1 that the seed decides (mulberry32). */
export function seededRandom(seed: string): () => number {
  let state = Buffer.from(seed).reduce((sum, byte) => Math.imul(sum ^ byte, 0x9e3779b1), 1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Attempt = (client: PoolClient, events: readonly EventInput[]) => Promise<unknown>;

class Writer {
  readonly #task: WriterTask;
  readonly #random: () => number;
  #number = 0;
  #last: { event: EventInput; call: string; receipt: Receipt } | undefined;

  constructor(task: WriterTask) {
    this.#task = task;
    this.#random = seededRandom(task.name);
  }

  async step(): Promise<void> {
    const dice = this.#random();
    const { store } = this.#task;
    if (dice < 0.3) await this.#publish();
    else if (dice < 0.5) await this.#direct(this.#events(1 + this.#below(20)));
    else if (dice < 0.62) await this.#transaction('commit', (client, events) => this.#enqueue(client, events));
    else if (dice < 0.7) await this.#transaction('rollback', (client, events) => this.#enqueue(client, events));
    else if (dice < 0.78) await this.#transaction('commit', (client, events) => this.#publishFromSql(client, events));
    else if (dice < 0.84) await this.#badBatch();
    else if (dice < 0.9) {
      const event = jobEventOf(`job ${this.#below(4)}`, this.#nextCall());
      await this.#refused([event], () => store.publish(event, { expectedVersion: 1_000_000 }), 'VersionConflict');
    } else if (dice < 0.95) await this.#direct([jobEventOf(`job ${this.#below(4)}`, this.#nextCall())]);
    else await this.#repeat();
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #nextCall(): string {
    return `${this.#task.name}:${this.#number++}`;
  }

  #events(count: number): EventInput[] {
    return Array.from({ length: count }, () =>
      eventOf(deviceOf(this.#below(this.#task.devices)), this.#nextCall(), tiers[this.#below(4)]),
    );
  }

  #begin(events: readonly EventInput[]): string[] {
    const calls = events.map((event) => String(event.metadata?.['call']));
    this.#task.report({ calls, fate: 'begun' });
    return calls;
  }

  /** One event with an id of the caller's, so that it can be repeated. */
  async #publish(): Promise<void> {
    const [one] = this.#events(1) as [EventInput];
    const event = { ...one, event_id: crypto.randomUUID() };
    const receipts = await this.#direct([event]);
    if (receipts !== undefined) {
      this.#last = { event, call: String(event.metadata?.['call']), receipt: receipts[0] as Receipt };
    }
  }

  async #direct(events: readonly EventInput[]): Promise<readonly Receipt[] | undefined> {
    const calls = this.#begin(events);
    try {
      const receipts = await this.#task.store.publishBatch(events);
      this.#task.report({ calls, fate: 'stored', receipts });
      return receipts;
    } catch (error) {
      if (!isLost(error)) throw error;
      return undefined;
    }
  }

  async #badBatch(): Promise<void> {
    const events = this.#events(3);
    const bad = this.#below(3);
    events[bad] = { ...(events[bad] as EventInput), event_type: 'device.online', data: { online: true } };
    await this.#refused(events, () => this.#task.store.publishBatch(events), 'InvalidEvent');
  }

  async #refused(events: readonly EventInput[], publish: () => Promise<unknown>, code: string): Promise<void> {
    const calls = this.#begin(events);
    try {
      await publish();
      throw new Error(`expected ${code} (found: it was stored)`);
    } catch (error) {
      if (isLost(error)) return;
      if (!(error instanceof TelltaleError) || error.code !== code) throw error;
      this.#task.report({ calls, fate: 'refused' });
    }
  }

  async #transaction(end: 'commit' | 'rollback', attempt: Attempt): Promise<void> {
    const events = this.#events(1 + this.#below(3));
    const calls = this.#begin(events);
    let ending = false;
    const client = await this.#task.pool.connect().catch(() => undefined);
    if (client === undefined) return;
    try {
      await client.query('begin');
      await attempt(client, events);
      ending = true;
      await client.query(end);
      this.#task.report({ calls, fate: end === 'commit' ? 'committed' : 'refused' });
      client.release();
    } catch (error) {
      client.release(true);
      if (!isLost(error)) throw error;
      // Before the last word the server rolled it back; after it, nobody knows.
      if (!ending || end === 'rollback') this.#task.report({ calls, fate: 'refused' });
    }
  }

  #enqueue(client: PoolClient, events: readonly EventInput[]): Promise<unknown> {
    return this.#task.store.publishBatch(events, { transaction: client });
  }

  async #publishFromSql(client: PoolClient, events: readonly EventInput[]): Promise<void> {
    for (const event of events) {
      await client.query(`select telltale.publish_event($1, 'device', $2, $3, p_metadata => $4)`, [
        event.event_type,
        event.device_uuid,
        JSON.stringify(event.data),
        JSON.stringify(event.metadata),
      ]);
    }
  }

  /** The last event again: it must be known, and get the receipt that it had. */
  async #repeat(): Promise<void> {
    if (this.#last === undefined) return;
    const { event, call, receipt } = this.#last;
    try {
      const again = await this.#task.store.publish(event);
      this.#task.report({ calls: [call], fate: 'stored', receipts: [receipt, again] });
    } catch (error) {
      if (!isLost(error)) throw error;
    }
  }
}

/** Whether the connection or the server was lost, and the fate of the call with it. */
function isLost(error: unknown): boolean {
  if (error instanceof TelltaleError) return error.code === 'ConnectionFailed';
  const { code, message } = error as Error & { code?: string };
  return (
    /^(57P0|08|ECONN|EPIPE)/.test(code ?? '') ||
    /Connection terminated|connection error|not queryable|server closed/.test(message)
  );
}
