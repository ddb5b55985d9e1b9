/** The event store: publishes, reads and subscribes over a connection of its own or the caller's pool. */
import { type Event, type EventInput, type EventType, type Receipt, TelltaleError } from '@telltale/catalogue';
import { defaultGroup, Group } from './append/group.ts';
import { raiseLogCount } from './append/log-count.ts';
import { Publish, type PublishBatchOptions, type PublishOptions, type RefusedEvent } from './append/publish.ts';
import { Writer } from './append/writer.ts';
import { describeEventTypes, type EventTypeDescription } from './catalogue/describe.ts';
import { type EventTypeRegistration, registerEventType, registrationRecord } from './catalogue/register.ts';
import { Registry } from './catalogue/registry.ts';
import { openDatabase } from './database/connection.ts';
import type { Database } from './database/database.ts';
import { DefaultQueries } from './default-queries.ts';
import { defaultStore, setDefaultStore } from './default-store.ts';
import { type Diagnosis, diagnose } from './doctor.ts';
import { defaultLimits, type EventLimits } from './event/prepare.ts';
import { EventPublisher, type PublisherDefaults } from './event-publisher.ts';
import { type ImportOptions, type ImportReport, importEvents, importRecord } from './import.ts';
import { InboxMover, type MoveReport } from './inbox/mover.ts';
import { LiveLog } from './live-log.ts';
import { cursorAt } from './read/cursor-at.ts';
import { RowReader } from './read/event-row.ts';
import { type EventFilter, type EventPage, LogReader, type ReadOptions } from './read/read-all.ts';
import { type ReadStreamOptions, readStream, type StreamName, type StreamPage } from './read/read-stream.ts';
import { type Verification, type VerifyReport, verifyEvent, verifyLog } from './read/verify.ts';
import { Indexer } from './segment/indexer.ts';
import { readStatement } from './sql-file.ts';
import { boundsOf, type EventStoreOptions } from './store-option.ts';
import {
  type EventHandler,
  readSubscriptionLag,
  type SubscribeOptions,
  Subscription,
  type SubscriptionLag,
} from './subscription/subscription.ts';
import { TenantStore } from './tenant-store.ts';
import { spendTicket } from './ticket.ts';
import type { CustomEvents, Publishable, TypedInput } from './typed-event.ts';
import { warnOnce } from './warning.ts';
import { Worker } from './worker.ts';

const confirmClock = readStatement('confirm_clock');
const replayQuarantine = readStatement('replay_quarantine');

export class EventStore<Custom extends CustomEvents = Record<never, never>> extends DefaultQueries {
  readonly #database: Database;
  readonly #registry: Registry;
  readonly #rows: RowReader;
  readonly #writer: Writer;
  readonly #group: Group;
  readonly #publish: Publish;
  readonly #mover: InboxMover;
  readonly #worker: Worker;
  readonly #reader: LogReader;
  readonly #subscriptions = new Set<Subscription>();
  readonly #limits: EventLimits;
  #closed = false;
  readonly live: LiveLog;

  constructor(options: EventStoreOptions) {
    const onWarning = options.onWarning ?? warnOnce();
    const database = openDatabase(options.connection, options);
    const registry = new Registry();
    const rows = new RowReader(registry);
    const indexer = new Indexer(database, registry, rows);
    const bounds = boundsOf(options);
    super({ database, registry, rows, indexer, ...bounds });
    this.#database = database;
    this.#registry = registry;
    this.#rows = rows;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#mover = new InboxMover(this.#database, this.#registry, this.#limits, () => this.#writer);
    this.#writer = new Writer(this.#database, this.#registry, {
      clockBound: options.clockBound ?? '1 hour',
      dedupeWindow: bounds.dedupeWindow,
      moveInbox: (ids) => this.#mover.moveThese(ids),
      // Without a worker nobody would take them.
      onStored: options.worker === false ? undefined : (batch) => indexer.offer(batch),
      onLag: (log, lag) =>
        onWarning(new Error(`log ${log} runs ${Math.round(lag / 1000)} ms ahead of the server's clock`)),
    });
    this.live = new LiveLog(database, registry);
    this.#group = new Group(this.#writer, { ...defaultGroup, ...options.group }, () => this.live.hint());
    this.#publish = new Publish(this.#database, this.#registry, this.#limits, this.#group);
    this.#reader = new LogReader(this.#database, this.#registry, this.#rows);
    this.#worker = new Worker(database, registry, this.#mover, indexer, onWarning);
    if (options.worker !== false) this.#worker.start();
  }

  /** Sets the store behind the static methods, and closes the one before. */
  static async configure(options: EventStoreOptions): Promise<EventStore<CustomEvents>> {
    const store = new EventStore<CustomEvents>(options);
    await setDefaultStore(store)?.close();
    return store;
  }

  /** The store that `configure` made. @throws StoreClosed before that. */
  static get default(): EventStore<CustomEvents> {
    return defaultStore();
  }

  static publish<Name extends string>(
    event: TypedInput<CustomEvents, Name>,
    options?: PublishOptions,
  ): Promise<Receipt> {
    return EventStore.default.publish(event, options);
  }

  static publishBatch<Name extends string>(
    events: readonly TypedInput<CustomEvents, Name>[],
    options?: PublishOptions,
  ): Promise<Receipt[]> {
    return EventStore.default.publishBatch(events, options);
  }

  static readStream(name: StreamName, options?: ReadStreamOptions): Promise<StreamPage> {
    return EventStore.default.readStream(name, options);
  }

  static readAll(cursor?: string | null, filter?: EventFilter, options?: ReadOptions): Promise<EventPage> {
    return EventStore.default.readAll(cursor, filter, options);
  }

  static subscribe(name: string, handler: EventHandler, options?: SubscribeOptions): Subscription {
    return EventStore.default.subscribe(name, handler, options);
  }

  /** Publishes one event; resolves when the disk has it. Concurrent calls share a statement. */
  async publish<Name extends Publishable<Custom>>(
    event: TypedInput<Custom, Name>,
    options: PublishOptions = {},
  ): Promise<Receipt> {
    const [receipt] = await this.#publish.batch([event], options);
    return receipt as Receipt;
  }

  /** Publishes events together, in order: all are stored or none. */
  publishBatch<Name extends Publishable<Custom>>(
    events: readonly TypedInput<Custom, Name>[],
    options?: PublishOptions & { readonly partial?: false },
  ): Promise<Receipt[]>;
  /** Stores the good events and answers with the bad ones. */
  publishBatch<Name extends Publishable<Custom>>(
    events: readonly TypedInput<Custom, Name>[],
    options: PublishBatchOptions & { readonly partial: true },
  ): Promise<{ receipts: (Receipt | null)[]; refused: RefusedEvent[] }>;
  publishBatch(
    events: readonly EventInput[],
    options: PublishBatchOptions = {},
  ): Promise<Receipt[] | { receipts: (Receipt | null)[]; refused: RefusedEvent[] }> {
    if (options.partial !== true) return this.#publish.batch(events, options);
    return this.#publish.partialBatch(events);
  }

  /** Checks events as publishing does and stores nothing; answers with what each would be refused for, or null. */
  check<Name extends Publishable<Custom>>(
    events: readonly TypedInput<Custom, Name>[],
  ): Promise<(TelltaleError | null)[]> {
    return this.#publish.check(events);
  }

  /** One tenant's part of it (null: all of it), which sees and publishes nothing of another's, or as another device. */
  ofTenant(tenant: string | null, device: string | null = null): TenantStore {
    return new TenantStore(this, tenant, device);
  }

  /** Marks a ticket as used; false when it was used before, by whichever process. */
  spendTicket(id: string, expiresAt: Date): Promise<boolean> {
    return spendTicket(this.#database, id, expiresAt);
  }

  /** A publisher that adds its defaults to every event. */
  publisher(defaults: PublisherDefaults): EventPublisher<Custom> {
    return new EventPublisher(this, defaults);
  }

  /** Reads a page of one stream: a device, or another aggregate. */
  readStream(name: StreamName, options?: ReadStreamOptions): Promise<StreamPage> {
    return readStream(this.#database, this.#registry, this.#rows, name, options);
  }

  /** Reads a page of everything behind a cursor; null or nothing begins at the start of what is kept. */
  async readAll(cursor: string | null = null, filter: EventFilter = {}, options: ReadOptions = {}): Promise<EventPage> {
    return this.#reader.read(cursor, filter, options);
  }

  /** The newest events, oldest first, and the cursor behind the head, from which `readAll` goes on without a gap. */
  async readLast(count: number, filter: EventFilter = {}): Promise<{ events: Event[]; cursor: string }> {
    return this.#reader.last(count, filter);
  }

  /** A cursor for `readAll` that begins with what was recorded at this time. */
  cursorAt(time: string | Date): Promise<string> {
    return cursorAt(this.#database, time);
  }

  /** Follows the log under a name, at least once, from where that name stopped. */
  subscribe(name: string, handler: EventHandler, options: SubscribeOptions = {}): Subscription {
    if (name.length < 1 || name.length > 100) {
      throw new TelltaleError('InvalidArgument', `name: expected 1 to 100 characters (found: ${name.length})`);
    }
    const subscription = new Subscription(this.#database, this.#reader, name, handler, options);
    this.#subscriptions.add(subscription);
    subscription.ended.finally(() => this.#subscriptions.delete(subscription)).catch(() => undefined);
    return subscription;
  }

  /** How far every subscription is behind. */
  subscriptionLag(): Promise<SubscriptionLag[]> {
    return readSubscriptionLag(this.#database);
  }

  /** Recomputes the checksum of the events with this id; of one tenant's alone, or of all. */
  verifyEvent(eventId: string, tenant: string | null = null): Promise<Verification[]> {
    return verifyEvent(this.#database, this.#registry, this.#rows, eventId, tenant);
  }

  /** Recomputes every checksum and recounts every position. */
  verify(onProgress?: (verified: number) => void): Promise<VerifyReport> {
    return verifyLog(this.#database, this.#registry, this.#rows, onProgress);
  }

  /** Imports old history, in order, into a log of its own; run again under the same name, it goes on. */
  async importEvents(
    name: string,
    events: AsyncIterable<EventInput> | Iterable<EventInput>,
    options?: ImportOptions,
  ): Promise<ImportReport> {
    const context = { database: this.#database, registry: this.#registry, limits: this.#limits, group: this.#group };
    const report = await importEvents(context, name, events, options);
    const record = options?.record === undefined ? {} : options.record();
    if (record !== null && report.skipped + report.imported > 0)
      await this.#publish.batch([importRecord(name, report, record)]);
    return report;
  }

  /** Registers a type at run time, or a new version of one; that, too, is an event. */
  async registerEventType(registration: EventTypeRegistration): Promise<EventType> {
    const { type, isNew } = await registerEventType(this.#database, this.#registry, registration);
    if (isNew) await this.#publish.batch([registrationRecord(type)]);
    return type;
  }

  /** Names of all registered types. */
  async eventTypes(): Promise<string[]> {
    await this.#registry.refresh(this.#database);
    return this.#registry.names();
  }

  /** Everything the database knows of every registered type. */
  describeEventTypes(): Promise<EventTypeDescription[]> {
    return describeEventTypes(this.#database);
  }

  /** Raises the number of logs; it never falls. Answers with the new epoch. */
  raiseLogCount(count: number): Promise<number> {
    return raiseLogCount(this.#database, count);
  }

  /** Moves everything committed in the inbox to the log, now. */
  drainInbox(): Promise<MoveReport> {
    return this.#mover.drain();
  }

  /** Puts quarantined events back into the inbox, one or all; answers with how many. */
  async replayQuarantine(inboxId: number | null = null): Promise<number> {
    const rows = await this.#database.query<{ replayed: number }>(replayQuarantine, [inboxId]);
    return rows[0]?.replayed ?? 0;
  }

  /** Says, to every process, that the server's clock is right although it leapt. */
  async confirmClock(): Promise<void> {
    await this.#database.query(confirmClock);
  }

  diagnose(): Promise<Diagnosis> {
    return diagnose(this.#database);
  }

  /** Indexes everything recorded so far; answers with how many positions no stored segment has: less than one a log. */
  async index(): Promise<number> {
    return (await this.#worker.index()).behind;
  }

  /** Makes partitions ahead, thins the ledger and stores states of devices for later reads, now. */
  keepHouse(): Promise<void> {
    return this.#worker.keepHouse();
  }

  /** Finishes what was begun and closes its own connections; the caller's pool stays open. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    await this.#worker.stop();
    await this.#group.close();
    await this.#database.close();
  }
}

export type AnyEventStore = EventStore<CustomEvents>;
