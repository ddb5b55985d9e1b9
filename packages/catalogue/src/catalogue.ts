/** Every event type that Telltale knows from the start, and the TypeScript types that follow from them. */
import type { Static } from 'typebox';
import type { Event, EventInput } from './envelope.ts';
import { audit } from './event/audit.ts';
import { containers } from './event/container.ts';
import { currentState } from './event/current-state.ts';
import { deviceConnectivity } from './event/device-connectivity.ts';
import { deviceLifecycle } from './event/device-lifecycle.ts';
import { deviceMonitoring } from './event/device-monitoring.ts';
import { deviceOperation } from './event/device-operation.ts';
import { devicePresence } from './event/device-presence.ts';
import { deviceSecurity } from './event/device-security.ts';
import { images } from './event/image.ts';
import { jobs } from './event/job.ts';
import { networks } from './event/network.ts';
import { reconciliation } from './event/reconciliation.ts';
import { sensors } from './event/sensor.ts';
import { targetState } from './event/target-state.ts';
import { volumes } from './event/volume.ts';
import type { EventType } from './event-type.ts';

/** In the order of the specification, then of the older system; the generated pages keep it. */
export const catalogue = [
  ...deviceLifecycle,
  ...deviceSecurity,
  ...deviceMonitoring,
  ...deviceOperation,
  ...jobs,
  ...devicePresence,
  ...deviceConnectivity,
  ...sensors,
  ...targetState,
  ...currentState,
  ...reconciliation,
  ...containers,
  ...images,
  ...volumes,
  ...networks,
  ...audit,
] as const;

export type FleetEventType = (typeof catalogue)[number];
export type FleetEventName = FleetEventType['name'];

type TypeByName = { readonly [T in FleetEventType as T['name']]: T };

/** The payload of an event type: `DataOf<'job.failed'>`. */
export type DataOf<Name extends FleetEventName> = Static<TypeByName[Name]['schema']>;

/** Any recorded event of the catalogue; `event_type` tells which, so a `switch` over it narrows `data`. */
export type FleetEvent = { [Name in FleetEventName]: Event<Name, DataOf<Name>> }[FleetEventName];

/** What `publish` takes for a type of the catalogue. */
export type FleetEventInput = { [Name in FleetEventName]: EventInput<Name, DataOf<Name>> }[FleetEventName];

const byName: ReadonlyMap<string, EventType> = new Map<string, EventType>(catalogue.map((type) => [type.name, type]));

/** The declared type of a name, or undefined. */
export function findEventType<Name extends FleetEventName>(name: Name): TypeByName[Name];
export function findEventType(name: string): EventType | undefined;
export function findEventType(name: string): EventType | undefined {
  return byName.get(name);
}
