/** The older system's way: one plpgsql call an event, which inserts, hashes with pgcrypto and NOTIFYs. */
import { readFile } from 'node:fs/promises';
import { type EventInput, findEventType } from '@telltale/catalogue';
import { Connections, withClient } from './connection.ts';
import { type Contender, feed } from './contender.ts';

const read = (name: string): Promise<string> => readFile(new URL(`sql/${name}.sql`, import.meta.url), 'utf8');

/** The eight arguments of publish_event, which ours takes as the older system did. */
export function parameters(event: EventInput): unknown[] {
  return [
    event.event_type,
    event.aggregate_type ?? findEventType(event.event_type)?.aggregate ?? 'device',
    event.aggregate_id ?? event.device_uuid,
    JSON.stringify(event.data),
    event.source ?? 'agent',
    event.correlation_id ?? null,
    event.causation_id ?? null,
    JSON.stringify(event.metadata),
  ];
}

async function setup(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('create extension pgcrypto');
    for (const name of ['older-events', 'older-partition', 'older-publish-event']) await client.query(await read(name));
    // Its time is the server's clock, so a run over midnight, in any zone, needs the days on both sides.
    await client.query('select create_events_partition(current_date + day) from generate_series(-1, 1) day');
  });
}

export const functionCall: Contender = {
  name: 'function call',
  setup,
  async open(url, shape) {
    const text = await read('older-call');
    const connections = await Connections.open(url, shape.callers);
    const publish = async (batch: readonly EventInput[], caller: number): Promise<void> => {
      for (const event of batch) {
        await connections.of(caller).query({ name: 'publish', text, values: parameters(event) });
      }
    };
    return { run: (events) => feed(events, shape, publish), close: () => connections.close() };
  },
};
