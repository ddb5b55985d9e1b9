/** Events that are valid and short: one of each tier, for tests that care where an event is kept and not what it says. */
import type { EventInput, Tier } from '@telltale/catalogue';

const samples: Record<Tier, { readonly event_type: string; readonly data: unknown }> = {
  critical: { event_type: 'device.archived', data: { reason: 'in storage' } },
  important: { event_type: 'device.online', data: { agent_version: '3.2.0' } },
  standard: { event_type: 'current_state.updated', data: { state: { apps: {} } } },
  debug: { event_type: 'device.heartbeat', data: {} },
};

export const sampleTiers = Object.keys(samples) as Tier[];

/** An event of one tier on one device. */
export function sampleOf(tier: Tier, device: string, more: Partial<EventInput> = {}): EventInput {
  return { ...samples[tier], device_uuid: device, ...more };
}

/** One event of each tier, in the order of the tiers. */
export function sampleOfEachTier(device: string, more: Partial<EventInput> = {}): EventInput[] {
  return sampleTiers.map((tier) => sampleOf(tier, device, more));
}
