/** Builds snapshots ahead of the reads, for the devices that are busy now. */

import type { Registry } from '../catalogue/registry.ts';
import type { Database } from '../database/database.ts';
import { formatTime, now } from '../event/time.ts';
import { valuesOf } from '../read/criterion.ts';
import { readStatement } from '../sql-file.ts';
import { readState } from './fold-device.ts';

const listBusyDevices = readStatement('list_busy_devices');

/** How many of the newest events of each log are looked at: 20,000 rows by index are some 20 ms. */
const newestEvents = 20_000;
/** A device with fewer of them needs more than one look to come by a snapshot. */
const busyEvents = 50;
/** Devices of one call at most. */
const mostDevices = 20;

/**
 * Folds the busiest devices of late to the present, which leaves snapshots behind where enough has happened since the
 * last. Bounded: 20 devices a call, and of each what came after its newest snapshot. Answers with how many snapshots
 * were left.
 */
export async function buildSnapshots(database: Database, registry: Registry): Promise<number> {
  const devices = await database.query<{ shard_key: string }>(
    listBusyDevices,
    valuesOf(listBusyDevices.parameters, { window: newestEvents, least: busyEvents, limit: mostDevices }),
  );
  let built = 0;
  for (const { shard_key: shardKey } of devices) {
    const until = formatTime(now());
    built += await readState(database, registry, { shardKey, tenant: null }, async (_, fold) => {
      const { rungs } = await fold(until);
      return rungs.length;
    });
  }
  return built;
}
