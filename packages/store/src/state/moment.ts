/** One moment of the database in which a fold reads everything: heads, rules, snapshots and events of one transaction. */
import { TelltaleError } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Database, Session } from '../database/database.ts';
import { formatTime, postgresEpoch } from '../event/time.ts';
import { readStatement } from '../sql-file.ts';
import { declaredIds, type FoldRules, foldRulesOf } from './rule.ts';

const readFoldStart = readStatement('read_fold_start');

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
export async function beginMoment(session: Session, registry: Registry): Promise<Moment> {
  const [row] = await session.query<{ heads: Heads; types: Parameters<typeof foldRulesOf>[0] }>(readFoldStart, [
    column('int4', declaredIds),
  ]);
  if (row === undefined)
    throw new TelltaleError('NotMigrated', 'expected the logs (found: none); run telltale migrate');
  const rules = foldRulesOf(row.types);
  if (rules.ids.some((id) => registry.findById(id) === undefined)) await registry.refresh(session);
  return { session, registry, heads: row.heads, rules };
}

/** Runs the work in a transaction that sees what was committed when it began, and writes nothing. */
export function inMoment<Result>(
  database: Database,
  registry: Registry,
  work: (moment: Moment) => Promise<Result>,
): Promise<Result> {
  return database.transaction(async (session) => {
    await session.script('set transaction isolation level repeatable read, read only');
    return work(await beginMoment(session, registry));
  });
}

/**
 * The time from which something may have been recorded behind the older heads: the earliest among the logs that have
 * grown since. Undefined when none has.
 */
export function grownSince(older: Heads, newer: Heads): string | undefined {
  let since: number | undefined;
  for (const [log, [position]] of Object.entries(newer)) {
    const [before, recordedAt] = older[log] ?? [0, Number.NEGATIVE_INFINITY];
    if (position > before) since = Math.min(since ?? Number.POSITIVE_INFINITY, recordedAt);
  }
  if (since === undefined) return undefined;
  return since === Number.NEGATIVE_INFINITY ? beginning : formatTime(since + postgresEpoch);
}
