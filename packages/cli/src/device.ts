/** What the commands on the past of one device share: its times, and whether there is such a device at all. */
import type { AnyEventStore } from '@telltale/store';
import { Option } from 'commander';
import { CommandFailure } from './failure.ts';
import { moment } from './option.ts';

/** A time as `moment` takes it; one that is given to the microsecond keeps them, which a Date would cut. */
function exactMoment(text: string): Date | string {
  const time = moment(text);
  return /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d\.\d{4,6}(?:[Zz]|[+-]\d\d:?\d\d)$/.test(text) ? text : time;
}

export function momentOption(flag: string, description: string): Option {
  return new Option(`${flag} <time>`, `${description}: a span ago like 10m, 2h, 3d, or a date`).argParser(exactMoment);
}

/** A day and more ahead of now: a timestamp is dated no later. */
const tomorrow = (): Date => new Date(Date.now() + 2 * 86_400_000);

/** @throws CommandFailure for a device on which nothing was ever recorded. */
export async function requireDevice(store: AnyEventStore, device: string): Promise<void> {
  const { event_count: events } = await store.createSnapshot(device, tomorrow());
  if (events === 0) {
    throw new CommandFailure(`Nothing was ever recorded on a device ${device}; check the UUID.`);
  }
}
