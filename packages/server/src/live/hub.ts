/** Fans the log out to every live stream of this process: one reader, any number of clients. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TelltaleError } from '@telltale/catalogue';
import { type AnyEventStore, type Bookmark, type EventPage, type TenantStore } from '@telltale/store';
import { Batch } from './batch.ts';
import { CatchUp } from './catch-up.ts';
import type { Client } from './client.ts';
import { type Entry, slotOf } from './entry.ts';
import type { StreamGap } from './frame.ts';
import { Heart } from './heart.ts';
import { type Interest, InterestIndex } from './interest.ts';
import type { LiveOptions } from './option.ts';
import { LiveReader } from './reader.ts';
import { Ring } from './ring.ts';

/** Milliseconds between looks at streams that are ending. */
const stopPoll = 20;

/** What the live streams tell of themselves. */
export interface HubFigures {
  /** Streams open now. */
  readonly clients: number;
  /** Of these, those that read on from where they are, because they joined or could not keep up. */
  readonly behind: number;
  /** Streams closed since the start because their client took nothing for too long. */
  readonly evicted: number;
  /** Times that a client's buffer was full since the start. */
  readonly overflows: number;
}

export class Hub {
  readonly #store: AnyEventStore;
  readonly #options: LiveOptions;
  readonly #onError: (error: unknown) => void;
  readonly index: InterestIndex;
  readonly #clients = new Set<Client>();
  readonly #catchUp: CatchUp;
  readonly #heart: Heart;
  #reader: LiveReader | undefined;
  #ring: Ring | undefined;
  #moved: (() => void)[] = [];
  #evicted = 0;
  #overflows = 0;
  #attached = 0;
  #isStopping = false;

  /** @param onError told of failures of the database, which the streams outlast. */
  constructor(store: AnyEventStore, options: LiveOptions, onError: (error: unknown) => void) {
    this.#store = store;
    this.#options = options;
    this.#onError = onError;
    this.index = new InterestIndex(store.live.personalOf);
    this.#catchUp = new CatchUp(this, options.catchUps, onError);
    this.#heart = new Heart(options, {
      beat: (client) => this.#beat(client),
      evict: (client) => this.#evict(client),
      end: (client) => this.#expire(client),
    });
  }

  get figures(): HubFigures {
    const clients = this.#clients.size;
    return { clients, behind: clients - this.#attached, evicted: this.#evicted, overflows: this.#overflows };
  }

  /** Seconds since the reader was at the head of the log; 0 while nobody follows it. */
  get behindSeconds(): number {
    return this.#reader?.behindSeconds ?? 0;
  }

  /** The newest events; undefined until the log was seen for the first time. */
  get ring(): Ring | undefined {
    return this.#ring;
  }

  storeOf(client: Client): TenantStore {
    return this.#store.ofTenant(client.interest.wish.tenant);
  }

  /** The place moved back to what the log still has. */
  mend(place: Bookmark): Promise<Bookmark> {
    return this.#store.live.mend(place);
  }

  /** @throws ServerStopping */
  checkOpen(): void {
    if (this.#isStopping)
      throw new TelltaleError('ServerStopping', 'expected a server that runs (found: it is stopping)');
  }

  join(client: Client): void {
    this.#clients.add(client);
    this.#heart.add(client);
    this.#reader ??= this.#startReader();
    void this.#catchUp.run(client);
  }

  leave(client: Client): void {
    if (client.state === 'closed') return;
    this.#detach(client);
    client.state = 'closed';
    this.#clients.delete(client);
    this.#heart.remove(client);
    if (this.#clients.size === 0) void this.#stopReader();
  }

  /** The client has everything that the ring has. */
  attach(client: Client): void {
    client.state = 'attached';
    client.place = null;
    this.#attached += 1;
    this.index.add(client);
  }

  /** Resolves when the reader has come further, or was started, or after the time. */
  moved(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      timer.unref();
      this.#moved.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Ends every stream, so that the clients connect elsewhere; those that take nothing are cut off. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const clients = [...this.#clients];
    for (const client of clients) this.#end(client);
    const until = Date.now() + this.#options.stopSeconds * 1000;
    while (clients.some(({ transport }) => !transport.isClosed) && Date.now() < until) await sleep(stopPoll);
    for (const { transport } of clients) if (!transport.isClosed) transport.destroy();
    // A database that does not answer must not hold the end up.
    const bound = sleep(this.#options.stopSeconds * 1000, undefined, { ref: false });
    await Promise.race([this.#stopReader(), bound]);
  }

  #startReader(): LiveReader {
    return new LiveReader({
      store: this.#store,
      poll: this.#options.pollMs,
      onStart: (place) => {
        this.#ring = new Ring(this.#options.ringEvents, place);
        this.#wake();
      },
      onPage: (page, before, end) => this.#onPage(page, before, end),
      onRewind: (place) => this.#onRewind(place),
      onError: this.#onError,
    });
  }

  async #stopReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    this.#ring = undefined;
    this.#wake();
    await reader?.stop();
  }

  #onPage({ events, gaps }: EventPage, before: Bookmark, end: Bookmark): void {
    const ring = this.#ring as Ring;
    const wanted = new Map<Interest, Entry[]>();
    const start = ring.place;
    let place = before.enter(end);
    for (const gap of gaps) this.#tellAll({ reason: 'expired', tier: gap.tier }, place);
    for (const event of events) {
      place = place.pass(event);
      const entry = ring.push(event, place);
      this.index.deliver(event, (interest) => {
        const entries = wanted.get(interest);
        if (entries === undefined) wanted.set(interest, [entry]);
        else entries.push(entry);
      });
    }
    ring.mark(end);
    for (const [interest, entries] of wanted) this.#send(interest, entries, start);
    this.#wake();
  }

  /** Those who see the same get the same bytes. @param start where they stand without the entries. */
  #send(interest: Interest, entries: readonly Entry[], start: Bookmark): void {
    const batches: (Batch | undefined)[] = [];
    for (const client of interest.clients) {
      const { format, view, transport } = client;
      if (transport.pending > this.#options.bufferBytes) {
        this.#fallBehind(client, start);
        continue;
      }
      const slot = slotOf(format, view);
      batches[slot] ??= new Batch(entries.map((entry) => entry.frame(format, view)));
      transport.write(batches[slot]);
    }
  }

  /** From here on nothing is kept for it: it reads on by itself once it has taken what it was sent. */
  #fallBehind(client: Client, start: Bookmark): void {
    this.#overflows += 1;
    this.#detach(client);
    client.place = start;
    void this.#catchUp.run(client);
  }

  /** The log was restored to before what was read of it. */
  #onRewind(place: Bookmark): void {
    this.#ring = new Ring(this.#options.ringEvents, place);
    this.#tellAll({ reason: 'cursor_ahead' }, place);
  }

  #tellAll(gap: StreamGap, place: Bookmark): void {
    for (const client of this.#clients) {
      if (client.state !== 'attached') continue;
      client.gap(gap, place);
      client.flush();
    }
  }

  #detach(client: Client): void {
    if (client.state !== 'attached') return;
    this.#attached -= 1;
    this.index.remove(client);
    client.state = 'behind';
  }

  #beat(client: Client): void {
    const head = client.state === 'attached' ? this.#ring?.place.token : undefined;
    client.beat(head === undefined ? null : client.view.sealCursor(head));
  }

  #end(client: Client): void {
    this.leave(client);
    client.transport.end();
  }

  /** Its token has ended. What is on its way goes out, but a client that takes nothing would keep its end open for ever. */
  #expire(client: Client): void {
    this.#end(client);
    setTimeout(() => {
      if (!client.transport.isClosed) client.transport.destroy();
    }, this.#options.stallSeconds * 1000).unref();
  }

  #evict(client: Client): void {
    this.#evicted += 1;
    this.leave(client);
    client.transport.destroy();
  }

  #wake(): void {
    const waiting = this.#moved;
    this.#moved = [];
    for (const wake of waiting) wake();
  }
}
