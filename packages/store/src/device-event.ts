/** The event as one that a device publishes: of itself, and by itself. */
import { type EventInput, TelltaleError } from '@telltale/catalogue';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Fills in the device where none is said; the store refuses an event of a device whose aggregate is another. @throws Forbidden for another device's, or for what somebody else did. */
export function ownOfDevice(event: EventInput, index: number, device: string): EventInput {
  if (!isObject(event)) return event;
  const { device_uuid: named, metadata } = event;
  if (named != null) requireOwn(named, index, '/device_uuid', device);
  const actor: unknown = isObject(metadata) ? metadata.actor : undefined;
  if (isObject(actor)) {
    requireOwn(actor['type'] === 'device' ? device : null, index, '/metadata/actor/type', device);
    requireOwn(actor['id'], index, '/metadata/actor/id', device);
  }
  return named == null ? { ...event, device_uuid: device } : event;
}

function requireOwn(named: unknown, index: number, pointer: string, device: string): void {
  if (typeof named === 'string' && named.toLowerCase() === device) return;
  throw new TelltaleError(
    'Forbidden',
    `event ${index}: ${pointer}: expected the device that the token is for, or nothing (found: another)`,
    { index, pointer },
  );
}
