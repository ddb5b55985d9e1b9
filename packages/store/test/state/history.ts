/** Histories of a device for the tests of its states, and the plain way to a state: fold everything in memory. */
import { type DeviceState, type Event, type EventInput, findEventType, foldEvent } from '@telltale/catalogue';
import { Registry } from '../../src/catalogue/registry.ts';
import { openDatabase } from '../../src/database/connection.ts';
import type { Database } from '../../src/database/database.ts';
import type { AnyEventStore } from '../../src/index.ts';
import { RowReader } from '../../src/read/event-row.ts';

export interface Access {
  readonly database: Database;
  readonly registry: Registry;
  readonly rows: RowReader;
}

/** What the functions take, as an application has it. */
export function openAccess(url: string, role = 'telltale_application'): Access {
  const registry = new Registry();
  return { database: openDatabase(url, { role, connections: 2 }), registry, rows: new RowReader(registry) };
}

/** Every event of a device, in order. */
export async function readAllOf(store: AnyEventStore, deviceUuid: string): Promise<Event[]> {
  const events: Event[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await store.readStream({ deviceUuid }, { cursor, limit: 5000 });
    events.push(...page.events);
    cursor = page.nextCursor;
    if (cursor === null) return events;
  }
}

export const foldOne = (state: DeviceState, event: Event): DeviceState =>
  foldEvent(state, event, findEventType(event.event_type)?.state ?? []);

/** The state of everything up to a time. */
export const foldAll = (events: readonly Event[], until: string): DeviceState =>
  events.filter((event) => event.timestamp <= until).reduce(foldOne, {});

const apps = ['web', 'db', 'mqtt'];

/** Different kinds of events, and two that change no state, chosen by a number. */
const kinds: ((n: number) => Pick<EventInput, 'event_type' | 'data' | 'aggregate_id'>)[] = [
  (n) => ({ event_type: 'device.online', data: { agent_version: `3.${n % 4}.0` } }),
  (n) => ({ event_type: 'device.offline', data: n % 2 ? { reason: 'x' } : {} }),
  () => ({ event_type: 'device.heartbeat', data: {} }),
  (n) => ({ event_type: 'target_state.updated', data: { new_state: { apps: { web: { image: `web:${n % 3}` } } } } }),
  (n) => ({ event_type: 'target_state.app_added', data: { app_name: apps[n % 3], app_config: { ports: [n % 5] } } }),
  (n) => ({ event_type: 'target_state.app_removed', data: { app_name: apps[n % 3] } }),
  (n) => ({ event_type: 'current_state.updated', data: { state: { load: n % 7 } } }),
  (n) => ({
    event_type: 'container.started',
    aggregate_id: 'web',
    data: { container_name: apps[n % 3], image: `i${n % 2}` },
  }),
  (n) => ({ event_type: 'container.removed', aggregate_id: 'web', data: { container_name: apps[n % 3] } }),
  (n) => ({
    event_type: 'device.tags_changed',
    data: { added: { ring: `r${n % 3}` }, removed: n % 2 ? ['site'] : [] },
  }),
  (n) => ({ event_type: 'job.queued', aggregate_id: `j${n % 4}`, data: { job_id: `j${n % 4}` } }),
  (n) => ({ event_type: 'job.completed', aggregate_id: `j${n % 4}`, data: { job_id: `j${n % 4}` } }),
  () => ({ event_type: 'device.api_call', data: { method: 'GET', path: '/' } }),
  () => ({ event_type: 'image.pull_failed', aggregate_id: 'web', data: { image: 'web:3' } }),
];

/** The event of a number on a device at a time. */
export function eventOf(device: string, number: number, timestamp: string): EventInput {
  const kind = kinds[number % kinds.length] as (typeof kinds)[number];
  return { ...kind(Math.floor(number / kinds.length)), device_uuid: device, timestamp };
}

const start = Date.UTC(2026, 0, 1);

/** A time, so many seconds into the history. */
export const secondOf = (second: number): string => `${new Date(start + second * 1000).toISOString().slice(0, -1)}000Z`;
