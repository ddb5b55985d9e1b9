/** A device's state at any time. */
import { type DeviceState, TelltaleError } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import type { Database } from '../database/database.ts';
import { formatTime, parseTime } from '../event/time.ts';
import { parseUuid } from '../event/uuid.ts';
import { type FoldedDevice, readState } from './fold-device.ts';
import { listIgnored } from './ignored.ts';
import type { Moment, Subject } from './moment.ts';

export interface StateOptions {
  /** Only the events of this tenant make the state. Default: all of the device's. */
  readonly tenant?: string | null;
}

export interface DeviceSnapshot {
  /** The time asked for, in six-digit UTC. */
  readonly timestamp: string;
  /** Null while nobody has asked for one. */
  readonly target_state: unknown;
  /** Null while the device has not reported one. */
  readonly current_state: unknown;
  readonly event_count: number;
  /** All of the state: target_state and current_state, apps, containers, jobs, connectivity, health and so on. */
  readonly state: DeviceState;
  /** Ids of events dated at or before `timestamp` that came too late to be folded, at most 1,000. */
  readonly ignored: readonly string[];
}

/**
 * The state of a device at a time: the fold of its events with `timestamp` <= that time, in the order of (timestamp,
 * log, position). Where retention has dropped events, the state begins with the newest base at or before that time: the
 * snapshot that was kept before the drop.
 *
 * `event_count` counts the events dated at or before that time: those that are in the base, dropped or not, and those
 * behind the base that are kept, whether or not their type changes the state. Events in `ignored` do not count: they
 * are dated before the base and were recorded after it, so they are listed and never folded.
 * @throws InvalidArgument for a device that is no UUID; InvalidTimestamp.
 */
export async function createSnapshot(
  database: Database,
  registry: Registry,
  deviceUuid: string,
  atTime: Date | string,
  options: StateOptions = {},
): Promise<DeviceSnapshot> {
  const subject = subjectOf(deviceUuid, options);
  const timestamp = formatTime(parseTime(atTime, '/atTime'));
  return readState(database, registry, subject, (moment, fold) => snapshotAt(moment, subject, timestamp, fold));
}

/** The snapshot of one time within a moment that may be asked for several. */
export async function snapshotAt(
  moment: Moment,
  subject: Subject,
  timestamp: string,
  fold: (until: string) => Promise<FoldedDevice>,
): Promise<DeviceSnapshot> {
  const { state, eventCount, base } = await fold(timestamp);
  return {
    timestamp,
    target_state: state['target_state'] ?? null,
    current_state: state['current_state'] ?? null,
    event_count: eventCount,
    state,
    ignored: await listIgnored(moment, subject, base),
  };
}

/** @throws InvalidArgument */
export function subjectOf(deviceUuid: string, options: StateOptions): Subject {
  const shardKey = parseUuid(deviceUuid);
  if (shardKey !== undefined) return { shardKey, tenant: options.tenant ?? null };
  throw new TelltaleError(
    'InvalidArgument',
    `deviceUuid: expected the UUID of a device (found: ${String(deviceUuid).slice(0, 60)})`,
    { expected: 'a UUID', found: deviceUuid },
  );
}
