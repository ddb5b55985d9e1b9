/** One moment of the database in which a fold reads everything: heads, rules, snapshots and events of one transaction. */
import { TelltaleError } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Database, Session } from '../database/database.ts';
import { formatTime, postgresEpoch } from '../event/time.ts';
import { readStatement } from '../sql-file.ts';
import { declaredIds, type FoldRules, foldRulesOf } from './rule.ts';

const readFoldStart = readStatement('read_fold_start');
const findFirstRecorded = readStatement('find_first_recorded');

/** Where each log stood: its position, and when that was recorded, in microseconds since 2000. */
export type Heads = Readonly<Record<string, readonly [position: number, recordedAt: number]>>;

/** Whose state: a device, and one tenant's part of its events or (null) all of them. */
export interface Subject {
  readonly shardKey: string;
  readonly tenant: string | null;
}

export interface Moment {
  readonly session: Session;
  readonly registry: Registry;
  readonly heads: Heads;
  readonly rules: FoldRules;
}

/** A time before all events. */
export const beginning = '-infinity';

/** Begins within a transaction that sees one snapshot of the database. */
async function beginMoment(session: Session, registry: Registry): Promise<Moment> {
  const [row] = await session.query<{ heads: Heads; types: Parameters<typeof foldRulesOf>[0] }>(readFoldStart, [
    column('int4', declaredIds),
  ]);
  if (row === undefined)
    throw new TelltaleError('NotMigrated', 'expected the logs (found: none); run telltale migrate');
  const rules = foldRulesOf(row.types);
  if (rules.ids.some((id) => registry.findById(id) === undefined)) await registry.refresh(session);
  return { session, registry, heads: row.heads, rules };
}

/**
 * Planning for forty partitions of four tiers took longer than reading (10 ms against 4), and partitions are pruned by
 * generic plans as well. Such a plan may be made while a partition is empty and outlive that, so it shall always take
 * the index; the price that PostgreSQL 15 puts on everything else then would start its compiler.
 */
const settings = `set transaction isolation level repeatable read, read only;
set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off; set local jit = off`;

/** Runs the work in a transaction that sees what was committed when it began, and writes nothing. */
export function inMoment<Result>(
  database: Database,
  registry: Registry,
  work: (moment: Moment) => Promise<Result>,
): Promise<Result> {
  return database.transaction(async (session) => {
    await session.script(settings);
    return work(await beginMoment(session, registry));
  });
}

/**
 * The time from which something may have been recorded behind the older heads: the earliest among the logs that have
 * grown since. Undefined when none has.
 */
export async function grownSince(moment: Moment, older: Heads): Promise<string | undefined> {
  const grown = Object.entries(moment.heads).filter(([log, [position]]) => position > (older[log]?.[0] ?? 0));
  if (grown.length === 0) return undefined;
  const times = grown.flatMap(([log]) => older[log]?.[1] ?? []);
  const begun = grown.flatMap(([log]) => (older[log] === undefined ? Number(log) : []));
  if (begun.length > 0) {
    const [row] = await moment.session.query<{ recorded_at: string | null }>(findFirstRecorded, [
      column('int2', begun),
    ]);
    if (row?.recorded_at != null) times.push(Number(row.recorded_at) - 1);
  }
  // Everything of the logs that have begun since may be dropped already.
  return times.length === 0 ? undefined : formatTime(Math.min(...times) + postgresEpoch);
}
