/** What other packages use of the command line: the simulated fleet. */
export type { KnownDevice } from './fleet/cast.ts';
export { Fleet, type FleetOptions } from './fleet/fleet.ts';
