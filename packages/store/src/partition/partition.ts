/** Partitions: made ahead or on demand, and dropped from the old end without stalling anybody. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TelltaleError, type Tier } from '@telltale/catalogue';
import { Registry } from '../catalogue/registry.ts';
import type { Database, Session } from '../database/database.ts';
import type { PostgresError } from '../database/error.ts';
import { formatTime } from '../event/time.ts';
import { readStatement } from '../sql-file.ts';
import { keepSnapshots } from '../state/keep.ts';

const listStatement = readStatement('list_partitions');
const makeStatement = readStatement('make_partitions');
const floorStatement = readStatement('raise_floor');
const removeCounts = readStatement('remove_counts');

export interface Partition {
  readonly tier: Tier;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** A concurrent detach began and has not ended. */
  readonly detaching: boolean;
  readonly bytes: number;
}

export interface RaisedFloor {
  readonly log: number;
  readonly tier: number;
  readonly tier_position: number;
  readonly position: number;
}

/** How long one attempt at a lock waits, so that whoever queues behind it waits no longer; then it is tried again. */
const lockTimeout = '2s';
const lockAttempts = 60;

export async function listPartitions(session: Session): Promise<Partition[]> {
  const rows = await session.query<
    Record<'tier' | 'name' | 'from_time' | 'to_time' | 'bytes', string> & { detaching: boolean }
  >(listStatement);
  return rows.map((row) => ({
    tier: row.tier as Tier,
    name: row.name,
    from: formatTime(Number(row.from_time)),
    to: formatTime(Number(row.to_time)),
    detaching: row.detaching,
    bytes: Number(row.bytes),
  }));
}

/** Makes what is missing between two times; `unit` `year` for imported history. Answers with the names made. */
export async function makePartitions(
  session: Session,
  tier: Tier,
  from: string,
  to: string,
  unit: 'year' | null = null,
): Promise<string[]> {
  const [row] = await session.query<{ names: string[] }>(makeStatement, [tier, from, to, unit]);
  return row?.names ?? [];
}

/**
 * Drops the oldest partition of its tier: raises the floors first, so that no reader counts what is about to go and
 * nothing more is recorded there, keeps the state of every device that has events in it, then
 * detaches concurrently (a plain DROP made inserts wait 5 s behind a 5 s reader) and drops. Finishes what a crash left.
 * Needs a session of the maintenance role.
 * @throws PartitionNotDroppable for a partition that is not the oldest or whose time is not over.
 */
export async function dropPartition(database: Database, name: string): Promise<RaisedFloor[]> {
  if (!/^events_(critical|important|standard|debug)_\d{4}_\d\d_\d\d$/.test(name)) {
    throw new TelltaleError('PartitionNotDroppable', `expected the name of a partition (found: ${name})`);
  }
  const partition = (await listPartitions(database)).find((other) => other.name === name);
  const [row] = await database.query<{ floors: RaisedFloor[] }>(floorStatement, [name]);
  if (partition !== undefined) await keepSnapshots(database, new Registry(), partition);
  await database.connection(async (session) => {
    await detach(session, name);
    await withLockTimeout(session, () => session.script(`drop table if exists telltale.${name}`));
    await session.query(removeCounts);
  });
  return row?.floors ?? [];
}

/** Finishes detaches and drops that a crash interrupted. Answers with the names of what was dropped. */
export async function finishDrops(database: Database): Promise<string[]> {
  return database.connection(async (session) => {
    const finished: string[] = [];
    for (const partition of await listPartitions(session)) {
      if (!partition.detaching) continue;
      await detach(session, partition.name);
    }
    const orphans = await session.query<{ name: string }>(listOrphans);
    for (const { name } of orphans) {
      await withLockTimeout(session, () => session.script(`drop table if exists telltale.${name}`));
      finished.push(name);
    }
    // A crash may have come right after the drop; what is left to remove is little or nothing.
    await session.query(removeCounts);
    return finished;
  });
}

const listOrphans = readStatement('list_detached_partitions');

async function detach(session: Session, name: string): Promise<void> {
  const parent = name.replace(/_\d{4}_\d\d_\d\d$/, '');
  const partition = (await listPartitions(session)).find((other) => other.name === name);
  if (partition === undefined) return;
  const how = partition.detaching ? 'finalize' : 'concurrently';
  await withLockTimeout(session, () =>
    session.script(`alter table telltale.${parent} detach partition telltale.${name} ${how}`),
  ).catch(async (error: unknown) => {
    // A concurrent detach that gave up waiting stays pending; finalizing waits for the readers that still see it.
    const left = (await listPartitions(session)).find((other) => other.name === name);
    if (left === undefined) return;
    if (!left.detaching) throw error;
    await withLockTimeout(session, () =>
      session.script(`alter table telltale.${parent} detach partition telltale.${name} finalize`),
    );
  });
}

/** Tries again and again with a short lock time-out, so that nobody queues behind us for long. */
async function withLockTimeout(session: Session, work: () => Promise<void>): Promise<void> {
  await session.script(`set lock_timeout = '${lockTimeout}'`);
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await work();
        return;
      } catch (error) {
        const { code } = ((error as Error).cause ?? error) as PostgresError;
        if (code !== '55P03' || attempt >= lockAttempts) throw error;
        await sleep(100 + Math.random() * 400);
      }
    }
  } finally {
    await session.script('reset lock_timeout').catch(() => undefined);
  }
}
