/** Says what was imported, and tells the story of the noisiest node, all read back from the store. */
import { type Event, TelltaleError } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import type { Pool } from 'pg';
import { tellStory } from '../story.ts';
import { deviceOf } from './event.ts';

const countAlerts = `
select data ->> 'alert' as name, count(*)::int as events, count(distinct device_uuid)::int as nodes,
  to_char(min(timestamp) at time zone 'UTC', 'YYYY-MM-DD') as first, to_char(max(timestamp) at time zone 'UTC', 'YYYY-MM-DD') as last
from telltale.events
where log = $1 and event_type like '%.alert_raised'
group by name
order by events desc, name`;

const countNodes = `
select data ->> 'node' as name, count(*)::int as events
from telltale.events
where log = $1 and data ->> 'node' is not null
group by name
order by events desc, name
limit 5`;

interface Named {
  readonly name: string;
  readonly events: number;
}

/** The alerts by name, as a table. */
export async function showAlerts(pool: Pool, log: number): Promise<string[]> {
  const { rows } = await pool.query<Named & { nodes: number; first: string; last: string }>(countAlerts, [log]);
  return rows.map(({ name, events, nodes, first, last }) => {
    const days = first === last ? `on ${first}` : `from ${first} to ${last}`;
    return `  ${name.padEnd(10)} ${String(events).padStart(4)}, nodes: ${String(nodes).padStart(2)}, ${days}`;
  });
}

/** The nodes with the most lines, noisiest first. */
export async function listNoisyNodes(pool: Pool, log: number): Promise<Named[]> {
  return (await pool.query<Named>(countNodes, [log])).rows;
}

/** @throws InvalidArgument for a node that the log does not name. */
export async function tellNode(store: AnyEventStore, node: string, coloured: boolean): Promise<string[]> {
  const { events } = await store.readStream({ deviceUuid: deviceOf(node) }, { limit: 10_000 });
  if (events.length === 0) {
    throw new TelltaleError(
      'InvalidArgument',
      `--node: expected a node of the log, such as R02-M1-N0-C:J12-U11 (found: ${node})`,
    );
  }
  return [`node ${node}, device ${deviceOf(node)}`, '', ...tellStory(events, { describe, coloured })];
}

function describe({ data }: Event): string {
  const { level, message, alert } = data as { level: string; message: string; alert?: string };
  return alert === undefined ? `${level} ${message}` : `${level} ${message} (alert ${alert})`;
}
