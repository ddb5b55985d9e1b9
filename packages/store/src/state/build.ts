/** Builds snapshots ahead of the reads, for the devices that are busy now and of the days that are over. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from '../catalogue/registry.ts';
import type { Database } from '../database/database.ts';
import { formatTime, now, parseTime } from '../event/time.ts';
import { valuesOf } from '../read/criterion.ts';
import { readStatement } from '../sql-file.ts';
import { readState } from './fold-device.ts';
import { inMoment } from './moment.ts';

const listBusyDevices = readStatement('list_busy_devices');
const listUnfoldedDevices = readStatement('list_unfolded_devices');

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

/** Events behind the newest snapshot from which on a device gets another: fewer are folded as fast as it is read. */
const leastUnfolded = 200;

export interface BuildOptions {
  /** Times as long as each fold took that is waited behind it. Default 0: as fast as it goes. */
  readonly pause?: number;
  readonly stopped?: () => boolean;
}

/**
 * Folds every device that has enough behind its newest snapshot up to the end of yesterday (UTC), and leaves one there: of
 * 10 M events of 10,000 devices over 90 days, the first reads folded some thousands each. A late event makes those after
 * it wrong, which the next read finds, and the next call mends. Answers with how many devices were folded.
 */
export async function buildEndedDays(
  database: Database,
  registry: Registry,
  { pause = 0, stopped = () => false }: BuildOptions = {},
): Promise<number> {
  const today = formatTime(now()).slice(0, 10);
  const until = formatTime(parseTime(`${today}T00:00:00.000000Z`, '/today') - 1);
  const { fingerprint } = await inMoment(database, registry, async ({ rules }) => rules);
  const devices = await database.query<{ shard_key: string; tenant: string | null }>(
    listUnfoldedDevices,
    valuesOf(listUnfoldedDevices.parameters, { fingerprint, today, least: leastUnfolded }),
  );
  let folded = 0;
  for (const { shard_key: shardKey, tenant } of devices) {
    if (stopped()) break;
    const began = performance.now();
    await readState(database, registry, { shardKey, tenant }, (_, fold) => fold(until, { keepsEnd: true }));
    folded += 1;
    if (pause > 0) await sleep((performance.now() - began) * pause, undefined, { ref: false });
  }
  return folded;
}
