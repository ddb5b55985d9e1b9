/** A fleet whose events arrive late, from several tenants, on devices and on what is none; and the building of the counts. */
import type { EventInput } from '@telltale/catalogue';
import { severities } from '@telltale/catalogue';
import type { Client } from 'pg';
import { expect } from 'vitest';
import { Registry } from '../../src/catalogue/registry.ts';
import { pgSession } from '../../src/database/pg.ts';
import type { AnyEventStore } from '../../src/index.ts';
import { RowReader } from '../../src/read/event-row.ts';
import { Indexer } from '../../src/segment/indexer.ts';
import { deviceOf } from '../invariant/fleet.ts';
import { sampleOf, sampleTiers } from '../sql/sample.ts';
import { ask } from '../sql/session.ts';

const tenants = [undefined, 'acme', 'umbrella'] as const;
const day = 86_400_000;

/** One event of one of the devices: mostly of today, some days late, one in eight of an app. */
export function eventOf(random: () => number, devices: number): EventInput {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const tenant = pick(tenants);
  const metadata = {
    severity: pick(severities),
    ...(tenant !== undefined && { tenant: { id: tenant, name: tenant } }),
  };
  const timestamp = new Date(Date.now() - (random() < 0.7 ? random() * 7_200_000 : random() * 9 * day));
  if (random() < 0.125)
    return { event_type: 'image.removed', aggregate_id: 'web', data: { image: 'x' }, metadata, timestamp };
  // The square gives the first devices most of the events.
  const device = deviceOf(Math.floor(random() ** 2 * devices));
  if (random() < 0.2) return { event_type: 'device.offline', device_uuid: device, data: {}, metadata, timestamp };
  return sampleOf(pick(sampleTiers), device, { metadata, timestamp });
}

/** Publishes so many events, batch by batch. */
export async function publishEvents(
  store: AnyEventStore,
  random: () => number,
  count: number,
  devices: number,
  batch = 500,
): Promise<void> {
  for (let published = 0; published < count; published += batch) {
    await store.publishBatch(Array.from({ length: batch }, () => eventOf(random, devices)));
  }
}

/** Stores the next segments with their counts. */
export async function storeSegments(client: Client): Promise<void> {
  const registry = new Registry();
  await new Indexer(pgSession(client), registry, new RowReader(registry)).work();
}

/** Merges the counts of devices as every eighth block would. */
export async function mergeCounts(client: Client): Promise<void> {
  for (const { log } of (await client.query<{ log: number }>('select log from telltale.logs')).rows) {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(1413829720, $1)', [log]);
    await client.query('select telltale.merge_device_counts($1::smallint, 1000)', [log]);
    await client.query('commit');
  }
}

/** Up to the last block of each log every event on a device is counted once, and the blocks have no hole. */
export async function expectCounted(url: string): Promise<void> {
  const [row] = await ask(
    url,
    `select
       (select count(*)::int from (
          select first_position - coalesce(lag(last_position) over (partition by log order by first_position), 0) as step
          from telltale.device_blocks) b
        where step <> 1) as holes,
       array(select row(log, sum(events), sum(errors), sum(warnings))::text from telltale.device_counts group by log order by log) as counted,
       array(select row(log, count(*), count(*) filter (where severity >= 3), count(*) filter (where severity = 2))::text
         from telltale.recorded_events e
         where on_device and position <= (select max(last_position) from telltale.device_blocks b where b.log = e.log)
         group by log order by log) as recorded`,
  );
  const { holes, counted, recorded } = row as { holes: number; counted: string[]; recorded: string[] };
  expect(counted.length).toBeGreaterThan(0);
  expect({ holes, counted }).toEqual({ holes: 0, counted: recorded });
}
