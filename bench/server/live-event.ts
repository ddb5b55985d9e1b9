/** An event of about 600 bytes, as the design counts them, that says when it was sent. */
import type { EventInput } from '@telltale/catalogue';

export function deviceEvent(device: string, number: number, sentAt: number): EventInput {
  return {
    event_type: 'device.online',
    device_uuid: device,
    aggregate_id: device,
    data: {},
    metadata: {
      tenant: { id: 'acme', name: 'acme' },
      note: `sent ${sentAt}`,
      sequence: `${number} ${'0123456789'.repeat(15)}`,
    },
  };
}
