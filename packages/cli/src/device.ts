/** Whether there is such a device at all. */
import type { AnyEventStore } from '@telltale/store';
import { CommandFailure } from './failure.ts';

/** A day and more ahead of now: a timestamp is dated no later. */
const tomorrow = (): Date => new Date(Date.now() + 2 * 86_400_000);

/** @throws CommandFailure for a device on which nothing was ever recorded. */
export async function requireDevice(store: AnyEventStore, device: string): Promise<void> {
  const { event_count: events } = await store.createSnapshot(device, tomorrow());
  if (events === 0) {
    throw new CommandFailure(`Nothing was ever recorded on a device ${device}; check the UUID.`);
  }
}
