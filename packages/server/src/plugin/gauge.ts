/** The metrics of how things stand: the database, what waits to be worked off, the pool, the process. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyEventStore, StoreGauges } from '@telltale/store';
import { Counter, Gauge, type Registry } from 'prom-client';

/** Longest that a scrape waits for the database, in milliseconds: Prometheus gives a scrape up after ten seconds. */
const patience = 1000;

/** Figures older than this, in milliseconds, are no longer told: they would look like the present. */
const stale = 120_000;

/** Partitions, logs and subscriptions beyond so many are summed up as `other`. */
const mostLabels = 200;

/** What the live streams tell of themselves. */
export interface LiveFigures {
  /** Streams open now. */
  readonly clients: number;
  /** Streams closed since the start because their client took nothing for too long. */
  readonly evicted: number;
  /** Times that a client's buffer was full since the start. */
  readonly overflows: number;
}

/** An interval in which nothing was measured has no number. */
const seconds = (nanoseconds: number): number => (Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0);

interface Row {
  readonly label: string;
  readonly value: number;
}

export class Gauges {
  readonly #registry: Registry;
  readonly #store: AnyEventStore;
  readonly #keep: number;
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: 20 });
  readonly #evicted: Counter;
  readonly #overflows: Counter;
  #live: () => LiveFigures | null = () => null;
  #last: { readonly at: number; readonly figures: StoreGauges } | undefined;
  #reading: Promise<void> | undefined;

  constructor(registry: Registry, store: AnyEventStore, cacheSeconds: number) {
    this.#registry = registry;
    this.#store = store;
    this.#keep = cacheSeconds * 1000;
    this.#evicted = new Counter({
      name: 'telltale_live_evicted_total',
      help: 'Live streams closed since the start because their client took nothing for too long.',
      registers: [registry],
    });
    this.#overflows = new Counter({
      name: 'telltale_live_overflows_total',
      help: 'Times since the start that what waited for a live client was dropped because its buffer was full; it reads on from the log.',
      registers: [registry],
    });
    this.#loop.enable();
  }

  /** Whom to ask about live streams. */
  watchLive(figures: () => LiveFigures | null): void {
    this.#live = figures;
  }

  close(): void {
    this.#loop.disable();
  }

  /** Brings every gauge up to date; what the database does not tell in time stays as it was, then is left out. */
  async refresh(): Promise<void> {
    const age = this.#last === undefined ? Number.POSITIVE_INFINITY : Date.now() - this.#last.at;
    if (age >= this.#keep) {
      this.#reading ??= this.#read();
      await Promise.race([this.#reading, sleep(patience, undefined, { ref: false })]);
    }
    this.#showProcess();
    if (this.#last !== undefined && Date.now() - this.#last.at < stale) this.#showStore(this.#last.figures);
    else this.#showStore(null);
  }

  async #read(): Promise<void> {
    try {
      this.#last = { at: Date.now(), figures: await this.#store.monitor.readGauges() };
    } catch {
      // telltale_database_up says it; the next scrape tries again.
      this.#last = undefined;
    } finally {
      this.#reading = undefined;
    }
  }

  #set(name: string, help: string, value: number | null): void {
    const gauge = this.#gauge(name, help);
    gauge.reset();
    if (value === null) gauge.remove();
    else gauge.set(value);
  }

  #setEach(name: string, help: string, label: string, rows: readonly Row[]): void {
    const gauge = this.#gauge(name, help, label);
    gauge.reset();
    for (const row of rows.slice(0, mostLabels)) gauge.set({ [label]: row.label }, row.value);
    const rest = rows.slice(mostLabels);
    if (rest.length > 0)
      gauge.set(
        { [label]: 'other' },
        rest.reduce((sum, row) => sum + row.value, 0),
      );
  }

  #gauge(name: string, help: string, ...labelNames: string[]): Gauge {
    const known = this.#registry.getSingleMetric(name) as Gauge | undefined;
    return known ?? new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }

  #showProcess(): void {
    this.#setEach(
      'telltale_event_loop_lag_seconds',
      'Seconds that the event loop was late since the last scrape, by quantile.',
      'quantile',
      [
        { label: '0.5', value: seconds(this.#loop.percentile(50)) },
        { label: '0.99', value: seconds(this.#loop.percentile(99)) },
        { label: '1', value: seconds(this.#loop.max) },
      ],
    );
    this.#loop.reset();
    this.#set('telltale_resident_memory_bytes', 'Memory of the process.', process.memoryUsage.rss());
    const pool = this.#store.monitor.poolUse();
    const use = pool === null ? [] : Object.entries(pool);
    this.#setEach(
      'telltale_pool_connections',
      'Connections to PostgreSQL: the most there may be, open, idle; and calls waiting for one.',
      'state',
      use.map(([label, value]) => ({ label, value: value as number })),
    );
    const live = this.#live();
    this.#set('telltale_live_clients', 'Live streams open now.', live?.clients ?? 0);
    this.#evicted.reset();
    this.#evicted.inc(live?.evicted ?? 0);
    this.#overflows.reset();
    this.#overflows.inc(live?.overflows ?? 0);
  }

  #showStore(figures: StoreGauges | null): void {
    const up = 'Whether the database answered lately.';
    this.#set('telltale_database_up', up, figures === null ? 0 : 1);
    this.#showSpecified(figures);
    const logs = (figures?.logs ?? []).map((log) => ({ ...log, label: String(log.log) }));
    const each = (name: string, help: string, value: (log: (typeof logs)[number]) => number): void =>
      this.#setEach(
        name,
        help,
        'log',
        logs.map((log) => ({ label: log.label, value: value(log) })),
      );
    each('telltale_log_head', 'Position of the newest event of a log.', (log) => log.head);
    each('telltale_index_lag_events', 'Events that the index of searches does not have yet.', (log) => log.segments);
    each('telltale_count_lag_events', 'Events that the counts of devices do not have yet.', (log) => log.deviceCounts);
    this.#setEach(
      'telltale_subscription_lag_events',
      'Events that a subscription has not come to yet.',
      'subscription',
      (figures?.subscriptions ?? []).map(({ name, events }) => ({ label: name, value: events })),
    );
    const inbox = figures?.inbox;
    this.#set('telltale_inbox_events', 'Events of transactions that wait for their place.', inbox?.waiting ?? null);
    this.#set('telltale_inbox_age_seconds', 'Age of the oldest of them.', inbox?.oldestSeconds ?? null);
    this.#set('telltale_quarantined_events', 'Events of SQL that do not fit.', inbox?.quarantined ?? null);
  }

  /** Under the names of the specification. */
  #showSpecified(figures: StoreGauges | null): void {
    this.#setEach(
      'event_partition_size_mb',
      'Size of a partition with its indexes, in megabytes of 1,000,000 bytes.',
      'partition',
      (figures?.partitions ?? []).map(({ name, bytes }) => ({ label: name, value: bytes / 1e6 })),
    );
    this.#set(
      'event_retention_lag_hours',
      'Hours by which the oldest partition that may be dropped is past the longest retention of its tier, the most of all tiers; 0 if none is.',
      figures === null ? null : Math.max(0, ...Object.values(figures.retentionLagHours)),
    );
    this.#set(
      'critical_events_unreviewed',
      'Live events of severity critical dated in the last 30 days. Nothing records a review yet, so all of them count.',
      figures?.criticalEvents ?? null,
    );
  }
}
