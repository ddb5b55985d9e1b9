/** The events of the invariant tests: one type of every tier, each marked with the call that it came from. */
import { createHash } from 'node:crypto';
import type { EventInput, Tier } from '@telltale/catalogue';

/** The same number gives the same device in every process of a test. */
export function deviceOf(number: number): string {
  const digest = createHash('md5').update(`device ${number}`).digest('hex');
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20)}`;
}

const typeOfTier: Record<Tier, { event_type: string; data: object }> = {
  critical: { event_type: 'device.firmware_updated', data: { new_version: '3.2.0' } },
  important: { event_type: 'device.online', data: {} },
  standard: { event_type: 'device.diagnostics_run', data: { test: 'memory', passed: true } },
  debug: { event_type: 'device.heartbeat', data: { status: 'ok' } },
};

/** An event of a device; `call` is found again as `metadata.call`, in SQL as `context ->> 'call'`. */
export function eventOf(device: string, call: string, tier: Tier = 'important'): EventInput {
  return { ...typeOfTier[tier], device_uuid: device, metadata: { call } };
}

/** An event of a job, whose streams carry versions. */
export function jobEventOf(job: string, call: string, device: string | null = null): EventInput {
  return {
    event_type: 'job.queued',
    aggregate_id: job,
    device_uuid: device,
    data: { job_id: job },
    metadata: { call },
  };
}
