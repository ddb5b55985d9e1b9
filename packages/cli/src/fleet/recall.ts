/** What an earlier run left: which devices are in the fleet, what they run, and when they were last heard of. */
import type { DataOf } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import type { KnownDevice } from './cast.ts';

type Memory = { -readonly [Key in keyof KnownDevice]: KnownDevice[Key] };

/** Types that say it; both are in the critical and important tiers, which are small beside the telemetry. */
const telling = ['device.provisioned', 'device.firmware_updated', 'target_state.updated', 'device.deprovisioned'];

export async function recallDevices(store: AnyEventStore): Promise<Map<string, KnownDevice>> {
  const known = new Map<string, Memory>();
  const filter = { eventTypes: telling, tiers: ['critical', 'important'] as const };
  for (let cursor: string | null = null, atHead = false; !atHead; ) {
    const page = await store.readAll(cursor, filter, { limit: 5000 });
    for (const event of page.events) {
      if (event.device_uuid === null) continue;
      const device = known.get(event.device_uuid) ?? { firmware: '4.1.9', stateVersion: 0, silentSeconds: 0 };
      known.set(event.device_uuid, device);
      if (event.event_type === 'device.deprovisioned') known.delete(event.device_uuid);
      if (event.event_type === 'device.firmware_updated')
        device.firmware = (event.data as DataOf<'device.firmware_updated'>).new_version;
      if (event.event_type === 'target_state.updated')
        device.stateVersion = (event.data as DataOf<'target_state.updated'>).version ?? device.stateVersion;
    }
    ({ cursor, atHead } = page);
  }
  const { events } = await store.readLast(1);
  const silence =
    events[0] === undefined ? 0 : Math.max(0, Math.round((Date.now() - Date.parse(events[0].recorded_at)) / 1000));
  for (const device of known.values()) device.silentSeconds = silence;
  return known;
}
