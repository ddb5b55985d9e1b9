/** The stored snapshots of a device: found and checked before a fold, written after it. */

import type { DeviceState } from '@telltale/catalogue';
import { column, columnOf } from '../database/column.ts';
import type { Session } from '../database/database.ts';
import { formatTime, parseTime } from '../event/time.ts';
import { valuesOf } from '../read/criterion.ts';
import { readStatement } from '../sql-file.ts';
import { beginning, grownSince, type Heads, type Moment, type Subject } from './moment.ts';

const findSnapshots = readStatement('find_snapshots');
const findLateEvent = readStatement('find_late_event');
const storeSnapshots = readStatement('store_snapshots');

/** A state with everything up to a time in it. */
export interface Rung {
  readonly timestamp: string;
  readonly eventCount: number;
  readonly state: DeviceState;
}

/** A snapshot kept before a drop. */
export interface Base extends Rung {
  readonly heads: Heads;
  readonly ignored: readonly string[];
}

/** An event that was recorded after a snapshot in which it should have been. */
interface LateEvent {
  readonly timestamp: string;
  readonly log: number;
  readonly position: string;
}

/** What a fold may begin with. */
export interface Footing {
  readonly base: Base | null;
  /** The newest snapshot on that base which no late event has made wrong; the base itself, or null, without one. */
  readonly rung: Rung | null;
  readonly late: readonly LateEvent[];
}

interface SnapshotRow {
  readonly base: boolean;
  readonly timestamp: string;
  readonly event_count: string;
  readonly heads: Heads;
  readonly ignored: string[];
  readonly state: string;
}

const baseOf = (row: SnapshotRow): Base => ({
  timestamp: formatTime(Number(row.timestamp)),
  eventCount: Number(row.event_count),
  state: JSON.parse(row.state) as DeviceState,
  heads: row.heads,
  ignored: row.ignored,
});

/**
 * Finds the newest snapshot up to a time that is right: nothing was recorded since for the time between its base and
 * it. A late event sends the search to before the event, so that it ends; each look is one or two statements.
 */
export async function findFooting(moment: Moment, subject: Subject, until: string): Promise<Footing> {
  const late: LateEvent[] = [];
  for (let before = until; ; ) {
    const rows = await moment.session.query<SnapshotRow>(findSnapshots, [
      ...valuesOf(findSnapshots.parameters, {
        shard_key: subject.shardKey,
        tenant: subject.tenant,
        until,
        before,
        fingerprint: moment.rules.fingerprint,
      }),
    ]);
    const [baseRow, rungRow] = rows[0]?.base === true ? rows : [undefined, rows[0]];
    const base = baseRow === undefined ? null : baseOf(baseRow);
    if (rungRow === undefined) return { base, rung: base, late };
    const rung = baseOf(rungRow);
    const found = await findLate(moment, subject, rung, base?.timestamp ?? beginning);
    if (found === undefined) return { base, rung, late };
    late.push(found);
    before = formatTime(parseTime(found.timestamp, '/timestamp') - 1);
  }
}

async function findLate(moment: Moment, subject: Subject, rung: Base, after: string): Promise<LateEvent | undefined> {
  const since = await grownSince(moment, rung.heads);
  if (since === undefined) return undefined;
  const [row] = await moment.session.query<LateEvent>(
    findLateEvent,
    valuesOf(findLateEvent.parameters, {
      shard_key: subject.shardKey,
      tenant: subject.tenant,
      after,
      until: rung.timestamp,
      since,
      heads: JSON.stringify(rung.heads),
    }),
  );
  return row === undefined ? undefined : { ...row, timestamp: formatTime(Number(row.timestamp)) };
}

/**
 * Writes the snapshots that a fold has come by, and lets the wrong ones go. It is a help for later reads alone: where
 * nothing may be written, as on a standby, the read has its answer all the same.
 */
export async function storeRungs(
  session: Session,
  moment: Pick<Moment, 'heads' | 'rules'>,
  subject: Subject,
  fold: { readonly base: Base | null; readonly rungs: readonly Rung[]; readonly late: readonly LateEvent[] },
): Promise<void> {
  if (fold.rungs.length + fold.late.length === 0) return;
  const values = valuesOf(storeSnapshots.parameters, {
    shard_key: subject.shardKey,
    tenant: subject.tenant,
    fingerprint: moment.rules.fingerprint,
    base_time: fold.base?.timestamp ?? beginning,
    heads: JSON.stringify(moment.heads),
    timestamp: columnOf('timestamptz', fold.rungs, (rung) => parseTime(rung.timestamp, '/timestamp')),
    event_count: columnOf('int8', fold.rungs, (rung) => rung.eventCount),
    state: column(
      'json',
      fold.rungs.map((rung) => JSON.stringify(rung.state)),
    ),
    late: JSON.stringify(fold.late),
  });
  await session.query(storeSnapshots, values).catch(() => undefined);
}
