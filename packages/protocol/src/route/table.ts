/** All routes there are. */
import { getLiveness } from './health.ts';
import { followDevice, followDeviceSocket, followEvents, followEventsSocket } from './live.ts';
import { publishEvents } from './publish.ts';
import type { Route } from './route.ts';
import { searchEvents } from './search.ts';

export const routes = {
  publishEvents,
  searchEvents,
  followDevice,
  followDeviceSocket,
  followEvents,
  followEventsSocket,
  getLiveness,
} as const;

export const allRoutes: readonly Route[] = Object.values(routes);
