/** Says what was imported, and tells the story of one machine, all read back from the store. */
import type { Event } from '@telltale/catalogue';
import { TelltaleError } from '@telltale/catalogue';
import type { AnyEventStore } from '@telltale/store';
import { tellStory } from '../story.ts';
import { deviceOf } from './event.ts';

interface MachineData {
  readonly device_name: string;
  readonly metadata: { readonly model: string; readonly age_years: number };
}

/** @throws InvalidArgument for a machine that the data set does not have. */
export async function tellMachine(store: AnyEventStore, machine: string, coloured: boolean): Promise<string[]> {
  const { events } = await store.readStream({ deviceUuid: deviceOf(machine) }, { limit: 10_000 });
  const [first] = events;
  if (first === undefined) {
    throw new TelltaleError('InvalidArgument', `--machine: expected a number from 1 to 100 (found: ${machine})`);
  }
  const { device_name: name, metadata } = first.data as MachineData;
  return [
    `${name}, ${metadata.model}, ${metadata.age_years} years old, device ${first.shard_key}`,
    '',
    ...tellStory(events, { describe, coloured }),
    '',
    ...conclude(events),
  ];
}

function describe({ event_type: type, data }: Event): string {
  const { alert_name: alert, component, components } = data as Record<string, string> & { components?: string[] };
  switch (type) {
    case 'device.provisioned':
      return 'joined the fleet (the files do not say when)';
    case 'device.alert_triggered':
      return String(alert);
    case 'device.health_degraded':
      return `${component} failed`;
    case 'device.health_recovered':
      return `${component} replaced`;
    default:
      return `${components?.join(', ')} replaced on a scheduled visit`;
  }
}

/** What a reader would count by hand. */
function conclude(events: readonly Event[]): string[] {
  const of = (type: string): Event[] => events.filter((event) => event.event_type === `device.${type}`);
  const failures = of('health_degraded');
  const errors = of('alert_triggered');
  const announced = failures.filter((event) => event.causation_id !== null).length;
  const leading = errors.filter((event) => event.correlation_id !== null).length;
  return [
    `${failures.length} failures: ${announced} announced by an error in the 24 hours before, ${of('health_recovered').length} repaired within 24 hours.`,
    `${errors.length} errors: ${leading} announced a failure, ${errors.length - leading} led to nothing.`,
    `${of('maintenance_mode').length} components replaced on scheduled visits.`,
  ];
}
