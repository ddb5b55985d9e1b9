/** Compares a device's state at two times: what changed in between, and by which events. */

import { type DeviceState, TelltaleError } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import type { Database } from '../database/database.ts';
import { formatTime, parseTime } from '../event/time.ts';
import { valuesOf } from '../read/criterion.ts';
import { readStatement } from '../sql-file.ts';
import { differencesOf, PathWatch, pointerOf } from './difference.ts';
import { readState, readStateChanges } from './fold-device.ts';
import type { Moment, Subject } from './moment.ts';
import { type DeviceSnapshot, type StateOptions, snapshotAt, subjectOf } from './snapshot.ts';

const listBases = readStatement('list_bases');

export interface StateChangeRecord {
  /** JSON pointer of the path. */
  readonly field: string;
  /** Undefined where the path was not there. */
  readonly old_value: unknown;
  /** Undefined where the path is no longer there. */
  readonly new_value: unknown;
  /** Ids of the events between the two times that changed this path, in order. */
  readonly events_involved: readonly string[];
}

export interface StateComparison {
  readonly time1_snapshot: DeviceSnapshot;
  readonly time2_snapshot: DeviceSnapshot;
  readonly changes: readonly StateChangeRecord[];
}

/**
 * The state of a device at two times, and one entry for every path that differs, by pointer: objects are gone into,
 * arrays and scalars compared whole. `events_involved` has every kept event dated behind the first time and up to the
 * second that changed the value of the path, those too that a later one undid. A change that only dropped events made
 * has none.
 * @throws InvalidArgument when time1 is later than time2, or for a device that is no UUID; InvalidTimestamp.
 */
export async function compareStates(
  database: Database,
  registry: Registry,
  deviceUuid: string,
  time1: Date | string,
  time2: Date | string,
  options: StateOptions = {},
): Promise<StateComparison> {
  const subject = subjectOf(deviceUuid, options);
  const [from, to] = orderedTimes(['time1', time1], ['time2', time2]);
  return readState(database, registry, subject, async (moment, fold) => {
    const before = await snapshotAt(moment, subject, from, fold);
    const after = await snapshotAt(moment, subject, to, fold);
    const differences = differencesOf(before.state, after.state);
    const watch = new PathWatch(differences.map(({ path }) => path));
    if (differences.length > 0) await watchBetween(moment, subject, before, to, watch);
    const changes = differences.map(({ path, old, new: value }) => ({
      field: pointerOf(path),
      old_value: old,
      new_value: value,
      events_involved: watch.eventsOf(path),
    }));
    return { time1_snapshot: before, time2_snapshot: after, changes };
  });
}

/**
 * Both times in six-digit UTC.
 * @throws InvalidArgument when the first is later; InvalidTimestamp.
 */
export function orderedTimes(
  first: readonly [name: string, time: Date | string],
  second: readonly [name: string, time: Date | string],
): [string, string] {
  const [from, to] = [first, second].map(([name, time]) => parseTime(time, `/${name}`)) as [number, number];
  if (from <= to) return [formatTime(from), formatTime(to)];
  throw new TelltaleError(
    'InvalidArgument',
    `expected ${first[0]} not later than ${second[0]} (found: ${formatTime(from)} and ${formatTime(to)}); exchange the two`,
    { expected: `at most ${formatTime(to)}`, found: formatTime(from) },
  );
}

/** Folds once more from the first time to the second; at each base in between the state goes on from the base. */
async function watchBetween(
  moment: Moment,
  subject: Subject,
  start: DeviceSnapshot,
  until: string,
  watch: PathWatch,
): Promise<void> {
  const bases = await moment.session.query<{ timestamp: string; state: string }>(
    listBases,
    valuesOf(listBases.parameters, {
      shard_key: subject.shardKey,
      tenant: subject.tenant,
      after: start.timestamp,
      until,
    }),
  );
  let [state, from] = [start.state, start.timestamp];
  for (const base of [...bases, undefined]) {
    const to = base === undefined ? until : formatTime(Number(base.timestamp));
    for await (const page of readStateChanges(moment, subject, from, to)) {
      for (const event of page) {
        const next = event.apply(state);
        watch.see(event.event_id, state, next);
        state = next;
      }
    }
    if (base !== undefined) state = JSON.parse(base.state) as DeviceState;
    from = to;
  }
}
