/** Keeps the states of devices before retention drops events that they were folded from. */

import type { Tier } from '@telltale/catalogue';
import { tiers } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';
import { column } from '../database/column.ts';
import type { Database, Session } from '../database/database.ts';
import { formatTime } from '../event/time.ts';
import { valuesOf } from '../read/criterion.ts';
import { readStatement } from '../sql-file.ts';
import { type FoldedDevice, foldDevice } from './fold-device.ts';
import { listIgnored } from './ignored.ts';
import { beginning, inMoment, type Moment, type Subject } from './moment.ts';

const listPartitionDevices = readStatement('list_partition_devices');
const keepSnapshot = readStatement('keep_snapshot');

/** Devices that share a transaction: long enough to be quick, short enough to hold back no vacuum. */
const devicesAtOnce = 100;

/** Which events are about to go. */
export interface Doomed {
  readonly tier: Tier;
  /** Recorded at or after. */
  readonly from: string;
  /** Recorded before. */
  readonly to: string;
}

interface DeviceRow {
  readonly shard_key: string;
  readonly timestamp: string;
  readonly tenants: string[];
}

interface Kept {
  readonly subject: Subject;
  readonly timestamp: string;
  readonly folded: FoldedDevice;
  readonly ignored: readonly string[];
}

/**
 * Stores a base for every device with events in a partition, at the time of the last of them: from there on its state
 * needs nothing of the partition. To be called when nothing can be recorded there any more, before the partition is
 * detached; again after a crash, it finds what it stored and goes on. Older bases within the partition's time go, but for
 * those of the shortest tier, so that a device keeps one or two for each partition there is. Needs the maintenance role.
 * Answers with the number of bases.
 */
export async function keepSnapshots(database: Database, registry: Registry, doomed: Doomed): Promise<number> {
  let kept = 0;
  for (let after: string | null = null; ; ) {
    const devices: DeviceRow[] = await database.query<DeviceRow>(
      listPartitionDevices,
      valuesOf(listPartitionDevices.parameters, {
        tier: tiers.indexOf(doomed.tier),
        from: doomed.from,
        until: doomed.to,
        after,
        limit: devicesAtOnce,
      }),
    );
    kept += await keepSome(database, registry, doomed, devices);
    if (devices.length < devicesAtOnce) return kept;
    after = devices.at(-1)?.shard_key ?? null;
  }
}

async function keepSome(
  database: Database,
  registry: Registry,
  doomed: Doomed,
  devices: readonly DeviceRow[],
): Promise<number> {
  const [kept, moment] = await inMoment(database, registry, async (inner): Promise<[Kept[], Moment]> => {
    const found: Kept[] = [];
    for (const device of devices) {
      const timestamp = formatTime(Number(device.timestamp));
      for (const tenant of [null, ...device.tenants]) {
        const subject = { shardKey: device.shard_key, tenant };
        const folded = await foldDevice(inner, subject, timestamp);
        const ignored = await listIgnored(inner, subject, folded.base);
        found.push({ subject, timestamp, folded, ignored });
      }
    }
    return [found, inner];
  });
  for (const base of kept) await store(database, moment, base, doomed);
  return kept.length;
}

async function store(session: Session, moment: Moment, base: Kept, doomed: Doomed): Promise<void> {
  await session.query(
    keepSnapshot,
    valuesOf(keepSnapshot.parameters, {
      shard_key: base.subject.shardKey,
      tenant: base.subject.tenant,
      fingerprint: moment.rules.fingerprint,
      timestamp: base.timestamp,
      base_time: base.folded.base?.timestamp ?? beginning,
      event_count: base.folded.eventCount,
      heads: JSON.stringify(moment.heads),
      ignored: column('uuid', base.ignored),
      state: JSON.stringify(base.folded.state),
      thin: doomed.tier === 'debug' ? null : doomed.from,
    }),
  );
}
