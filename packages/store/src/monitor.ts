/** What an operator watches: whether the schema fits, how far work is behind the logs, sizes and overdue partitions. */
import { TelltaleError, type Tier } from '@telltale/catalogue';
import type { Database, PoolUse, Session } from './database/database.ts';
import { checkMigrated } from './migrate/plan.ts';
import { listPartitions } from './partition/partition.ts';
import { bounded } from './read/bounded.ts';
import { valuesOf } from './read/criterion.ts';
import { readStatement } from './sql-file.ts';
import { readSubscriptionLag, type SubscriptionLag } from './subscription/subscription.ts';

const readIndexLag = readStatement('read_index_lag');
const readInboxDepth = readStatement('read_inbox_depth');
const readRetentionLag = readStatement('read_retention_lag');
const countCritical = readStatement('count_critical');
const findTiersAtEnd = readStatement('find_tiers_at_end');

/** Milliseconds that a statement may take here: who watches must not be what keeps the database busy. */
const patience = 5000;

/** Days of timestamps in which a critical event counts as one to be looked at. */
const criticalDays = 30;

/** What waits to be worked off. */
export interface Backlog {
  /** Positions of each log, and how many of them the index of searches and the counts of devices do not have yet. */
  readonly logs: readonly {
    readonly log: number;
    readonly head: number;
    readonly segments: number;
    readonly deviceCounts: number;
  }[];
  readonly inbox: { readonly waiting: number; readonly oldestSeconds: number; readonly quarantined: number };
  /** Tiers whose last partition has begun: the next one is not made yet. */
  readonly tiersAtEnd: readonly Tier[];
}

export interface StoreGauges extends Backlog {
  readonly subscriptions: readonly SubscriptionLag[];
  readonly partitions: readonly { readonly name: string; readonly bytes: number }[];
  /** Hours by which the oldest partition of each tier is past the longest retention of its event types; 0 if none is. */
  readonly retentionLagHours: Readonly<Record<Tier, number>>;
  /** Live events of severity critical, dated in the last 30 days. */
  readonly criticalEvents: number;
}

export class StoreMonitor {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Connections of the pool; null for one that does not say. */
  poolUse(): PoolUse | null {
    return this.#database.use?.() ?? null;
  }

  /** @throws ConnectionFailed, NotMigrated, SchemaTooNew: the reason why this process cannot work with the database. */
  checkSchema(): Promise<void> {
    return this.#ask(checkMigrated);
  }

  readBacklog(): Promise<Backlog> {
    return this.#ask(readBacklog);
  }

  async readGauges(): Promise<StoreGauges> {
    const backlog = await this.readBacklog();
    const partitions = await this.#ask(listPartitions);
    return {
      ...backlog,
      subscriptions: await readSubscriptionLag(this.#database),
      partitions: partitions.map(({ name, bytes }) => ({ name, bytes })),
      retentionLagHours: await this.#ask(readLagOfRetention),
      criticalEvents: await this.#ask(countCriticalEvents),
    };
  }

  #ask<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return bounded(this.#database, patience, 'the database is busy', work);
  }
}

async function readBacklog(session: Session): Promise<Backlog> {
  const logs = await session.query<{ log: number; head: string; segments: string; device_counts: string }>(
    readIndexLag,
  );
  const [depth] = await session.query<{ waiting: string; oldest_ms: string | null; quarantined: string }>(
    readInboxDepth,
  );
  if (depth === undefined) throw new TelltaleError('NotMigrated', 'expected an inbox (found: none)');
  const tiers = await session.query<{ tier: Tier }>(findTiersAtEnd);
  return {
    tiersAtEnd: tiers.map(({ tier }) => tier),
    logs: logs.map((row) => ({
      log: row.log,
      head: Number(row.head),
      segments: Number(row.segments),
      deviceCounts: Number(row.device_counts),
    })),
    inbox: {
      waiting: Number(depth.waiting),
      oldestSeconds: Math.max(0, Number(depth.oldest_ms ?? 0)) / 1000,
      quarantined: Number(depth.quarantined),
    },
  };
}

async function readLagOfRetention(session: Session): Promise<Record<Tier, number>> {
  const rows = await session.query<{ tier: Tier; hours: number }>(readRetentionLag);
  return Object.fromEntries(rows.map(({ tier, hours }) => [tier, Number(hours)])) as Record<Tier, number>;
}

async function countCriticalEvents(session: Session): Promise<number> {
  const values = valuesOf(countCritical.parameters, { days: criticalDays });
  const [row] = await session.query<{ events: string }>(countCritical, values);
  return Number(row?.events ?? 0);
}
